"""The user's own code while it runs: which modules it has, and whether their files have changed."""

from .files import Files
from .modules import Modules, being_imported, forget_compiled

__all__ = ["Files", "Modules", "being_imported", "forget_compiled"]
