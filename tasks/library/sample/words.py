"""Names and titles of the sample library, and the members that are a case of their own."""

from collections.abc import Mapping, Sequence

#: Name, address, language, opted out, blocked. The first is anybody: her notice is the first sent.
PEOPLE: Sequence[tuple[str, ...]] = (
    ("Ada Lovelace", "ada@example.org"),
    ("Charles Babbage", "charles@example.org"),
    ("Émilie du Châtelet", "emilie@example.org", "fr"),
    ("No Address", ""),
    ("Bad Address", "not an address"),
    ("Two Addresses", "one@example.org,two@example.org"),
    ("Opted Out", "opted.out@example.org", "en", "yes"),
    ("Blocked Member", "blocked@example.org", "en", "no", "yes"),
    ('<b>Bobby</b> & "Sons"', "bobby@example.org"),
    ("Miles O'Brien", "miles.o'brien@example.org"),
    ("Jean-François Ångström-Łukasiewicz", "jf@example.org", "fr"),
    ("Zoë “the Reader” Nuñez, Ph.D.", "zoe+library@example.org"),
    ("No Language", "no.language@example.org", ""),
    ("王小明", "wang@example.org"),
    ("Grace {name} %s Hopper", "grace@example.org"),
)

FIRST_NAMES: Mapping[str, Sequence[str]] = {
    "en": ("Alice", "Ben", "Chloe", "Daniel", "Eve", "Frank", "Hannah", "Isaac", "June", "Liam"),
    "fr": ("Amélie", "Benoît", "Célia", "Désiré", "Élodie", "Gaël", "Inès", "Loïc", "Noé", "Zoé"),
}

LAST_NAMES: Mapping[str, Sequence[str]] = {
    "en": ("Baker", "Carter", "Doyle", "Evans", "Foster", "Hughes", "Morgan", "O'Neill", "Shaw"),
    "fr": ("Besançon", "Dupré", "D'Arcy", "Fâcheux", "Lefèvre", "Moreau", "Noël", "Renard"),
}

TITLES: Sequence[str] = (
    "On the Origin of Species",
    "Les Misérables",
    "Middlemarch",
    "<b>R&D</b>: A History",
    "L'Étranger",
    "<script>alert('late')</script>",
    "Pride and Prejudice",
    'The "Complete" Sherlock Holmes',
    "À la recherche du temps perdu",
    "Frankenstein; or, The Modern Prometheus",
    "Le Petit Prince",
    "Moby-Dick",
    "{{ 7 * 7 }} and Other Templates",
    "The Strange Case of Dr Jekyll and Mr Hyde",
    "Vingt mille lieues sous les mers",
    "Walden",
    "Madame Bovary",
    (
        "The Count of Monte Cristo, or a title that goes on for so long that a line of a mail "
        "cannot hold it and has to be folded somewhere on its way"
    ),
    "Candide, ou l'Optimisme",
    "Great Expectations",
    "1984",
    "100 % Coton & autres histoires",
)
