"""What runs: a folder a domain, plain functions.

To add a task:

1. write a function in a module here: `def send(context: RunContext) -> None: ...`, or one with
   no parameters at all;
2. name its dotted path in `hooks.py`: `"daily": ["tasks.reports.send"]`;
3. try it in this process: `hookbeat run tasks.reports.send --inline`;
4. say what it did: `context.report(sent=3)` puts counts into the run's record;
5. test it by calling it.

Or let `hookbeat make task SayHi` write a class that says itself when it runs.
"""
