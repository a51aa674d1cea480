import re
from datetime import timedelta

import pytest
from pydantic import SecretStr

from beat_schedule.settings import PREFIX, SECRETS, Settings
from tests.docs.pages import ROOT, page, table_rows

NAMES = {PREFIX + field.upper() for field in Settings.model_fields}


def shown(default: object) -> str:
    """A default as one would set it in the environment."""
    match default:
        case SecretStr():
            return f"`{default.get_secret_value()}`"
        case timedelta():
            return f"`{default.total_seconds():.0f}`"
        case bool():
            return f"`{str(default).lower()}`"
        case tuple():
            return f"`{','.join(default)}`" if default else "(none)"
        case _:
            return f"`{default}`" if default or default == 0 else "(none)"


def test_every_setting_stands_in_the_page_with_its_default_and_no_other_does():
    rows = {row[0].strip("`"): row[1] for row in table_rows(page("docs/settings.md"))}

    expected = {
        PREFIX + field.upper(): shown(known.default)
        for field, known in Settings.model_fields.items()
    }

    assert rows == expected


@pytest.mark.parametrize("field", SECRETS)
def test_every_secret_is_said_to_be_readable_from_a_file(field: str):
    assert f"`{PREFIX}{field.upper()}_FILE`" in page("docs/settings.md")


@pytest.mark.parametrize(
    "path", ["README.md", ".env.example", "docker-compose.yml", "docs/adopting.md"]
)
def test_no_page_names_a_setting_that_does_not_exist(path: str):
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]*[A-Z]\b", (ROOT / path).read_text()))

    assert {name.removesuffix("_FILE") for name in named} <= NAMES


def test_the_example_environment_can_be_read_as_it_stands():
    lines = [line.lstrip("#") for line in page(".env.example").splitlines()]
    environ = dict(line.split("=", 1) for line in lines if line.startswith(PREFIX))

    settings = Settings.read(environ, project=ROOT)

    assert settings.mail_allow == ("@example.org",)
