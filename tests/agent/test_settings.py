"""Settings: flags beat the environment, the environment beats the file, the file beats the defaults."""

from pathlib import Path

import pytest

from agent.errors import InputError
from agent.settings import load_settings


def test_each_source_beats_the_next(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('lang = "de"\nbackend = "vllm"\nweather = "open-meteo"\n')
    environ = {"FACTOTUM_BACKEND": "local", "FACTOTUM_LANG": "en"}
    settings = load_settings(environ, file=file, lang="fr", data_dir=None)
    assert (settings.lang, settings.backend, settings.weather) == ("fr", "local", "open-meteo")


def test_a_wrong_value_is_named_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"backend = 'cloud'.*'local'"):
        load_settings({"FACTOTUM_BACKEND": "cloud"}, file=tmp_path / "none")


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("colour = 3\n")
    with pytest.raises(InputError, match="colour"):
        load_settings({}, file=file)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("lang = \n")
    with pytest.raises(InputError, match=r"config\.toml is not a TOML file"):
        load_settings({}, file=file)


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Mars/Olympus"):
        load_settings({"FACTOTUM_TIMEZONE": "Mars/Olympus"}, file=tmp_path / "none")


def test_a_hand_over_goes_to_a_folder_or_a_web_service_and_nowhere_else(tmp_path: Path) -> None:
    assert load_settings({"FACTOTUM_HANDOFF": "https://desk.example/in"}, file=tmp_path / "none").handoff
    with pytest.raises(InputError, match=r"handoff = 'ftp://x'.*neither a folder nor a URL"):
        load_settings({"FACTOTUM_HANDOFF": "ftp://x"}, file=tmp_path / "none")


def test_an_unknown_way_with_second_messages_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"second_message = 'drop'.*'queue'"):
        load_settings({"FACTOTUM_SECOND_MESSAGE": "drop"}, file=tmp_path / "none")
