from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import CONFIG_TABLES, NAMES, Settings, SettingsError, load_settings
from training.configuration import SECTIONS, SERVICE_TABLES

BAD = [
    ("RECS_PORT", "abc", "Must be a whole number from 1 to 65535, not 'abc'."),
    ("RECS_PORT", "1_0", "Must be a whole number from 1 to 65535, not '1_0'."),
    ("RECS_PORT", "70000", "Must be a whole number from 1 to 65535, not '70000'."),
    ("RECS_PORT", "0", "Must be a whole number from 1 to 65535, not '0'."),
    ("RECS_WORKERS", "٣", "Must be a whole number from 1 to 64, not '٣'."),
    ("RECS_WORKERS", " 2 ", "Must be a whole number from 1 to 64, not ' 2 '."),
    ("RECS_PUBLIC_READS", "maybe", "Not a valid boolean."),
    ("RECS_KEY_PREFIX", "{x}", "Must be 1 to 64 letters, digits, or any of _ . : -"),
    ("RECS_KEY_PREFIX", "recs*", "Must be 1 to 64 letters, digits, or any of _ . : -"),
    ("RECS_ALLOWED_ORIGINS", "https://a.example,*", "'*' is no web origin, such as https://shop.example."),
    (
        "RECS_ALLOWED_ORIGINS",
        "https://a.example/shop",
        "'https://a.example/shop' is no web origin, such as https://shop.example.",
    ),
    ("RECS_TRUSTED_HOSTS", "shop.example, a b", "'a b' is no host name or address."),
    ("RECS_HOST", "http://x", "'http://x' is no host name or address."),
    ("RECS_SECRET_KEY", "short", "Must have at least 16 characters."),
    ("RECS_ADMIN_KEY", "two words", "Must be 1 to 256 letters, digits, or any of . _ ~ + / = -"),
    ("RECS_CONFIG", "/no/such.toml", "Cannot read /no/such.toml: No such file or directory."),
    ("REDIS_URL", "http://x", "the store's URL must begin with redis://, rediss:// or unix://."),
    (
        "REDIS_URL",
        "redis+cluster://a:1,b:2",
        "redis+cluster:// arrives later; use redis://, rediss:// or unix://.",
    ),
    ("REDIS_URL", "redis://h:70000", "the store's URL has a port that is no number from 0 to 65535."),
    ("REDIS_URL", "redis://h?colour=red", "the store's URL has unknown options: colour."),
    ("RECS_HOST", "[::1", "'[::1' is no IPv6 address; the port is RECS_PORT."),
    ("RECS_HOST", "localhost:80", "'localhost:80' is no IPv6 address; the port is RECS_PORT."),
    ("RECS_HOST", "[localhost]", "'[localhost]' is no host name or address."),
    ("RECS_PROT", "8000", "Unknown setting. Did you mean RECS_PORT?"),
    ("RECS_ZZZ", "1", "Unknown setting."),
]


@pytest.mark.parametrize("name, value, message", BAD)
def test_a_bad_setting_is_refused_with_its_reason(name: str, value: str, message: str):
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})
    assert str(refused.value) == f"These settings are wrong:\n  {name}: {message}"


def test_one_message_names_all_that_is_wrong():
    with pytest.raises(SettingsError) as refused:
        load_settings({"RECS_PORT": "x", "REDIS_URL": "redis://h:p", "RECS_NEW": "x", "PATH": "/bin"})
    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0].strip() for line in lines[1:]] == ["RECS_NEW", "RECS_PORT", "REDIS_URL"]


@pytest.mark.parametrize(
    "url", ["redis://:hunter2@h:port", "redis://:hunter2@[::1", "redis://:hunter2@\u2100", "redis://hunter2"]
)
def test_a_refused_url_is_not_repeated(url: str):
    with pytest.raises(SettingsError) as refused:
        load_settings({"REDIS_URL": url + "?colour=red"})
    assert "hunter2" not in str(refused.value)


def test_a_refused_secret_is_not_repeated():
    with pytest.raises(SettingsError) as refused:
        load_settings({"RECS_SECRET_KEY": "hunter2", "RECS_ADMIN_KEY": "hunter 3"})
    assert "hunter" not in str(refused.value)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path):
    config = tmp_path / "recs.toml"
    config.write_text("placements = [")
    with pytest.raises(SettingsError, match=r"RECS_CONFIG: .* is not TOML"):
        load_settings({"RECS_CONFIG": str(config)})


def test_a_file_with_an_unknown_table_is_refused(tmp_path: Path):
    config = tmp_path / "recs.toml"
    config.write_text("[placement.checkout]\nsources = ['popular']\n[orders]\n")
    with pytest.raises(SettingsError) as refused:
        load_settings({"RECS_CONFIG": str(config)})
    assert str(refused.value).endswith(
        "has no use for [placement]; its tables are placements, orders, evaluation, publish, models, "
        "diversity, events."
    )


def test_the_tables_of_the_file_are_those_of_service_and_training():
    assert set(CONFIG_TABLES) == {*SERVICE_TABLES, *SECTIONS}


@pytest.mark.parametrize(
    "given, host", [("::1", "::1"), ("[::1]", "::1"), ("[::]", "::"), ("0.0.0.0", "0.0.0.0"), ("web", "web")]
)
def test_an_ipv6_address_stands_with_or_without_brackets(given: str, host: str):
    assert load_settings({"RECS_HOST": given}).host == host


@pytest.mark.parametrize(
    "given, origin",
    [
        ("https://Shop.Example", "https://shop.example"),
        ("HTTPS://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://[0:0::1]:3000", "http://[::1]:3000"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(given: str, origin: str):
    assert load_settings({"RECS_ALLOWED_ORIGINS": given}).allowed_origins == (origin,)


@pytest.mark.parametrize(
    "origin", ["ftp://a.example", "https://", "https://a:0", "https://u@a.example", "https://bücher.example"]
)
def test_what_no_browser_sends_is_no_origin(origin: str):
    with pytest.raises(SettingsError, match="is no web origin"):
        load_settings({"RECS_ALLOWED_ORIGINS": origin})


def test_nothing_set_gives_the_defaults():
    assert load_settings({}) == Settings()


def test_an_empty_value_is_one_that_is_not_set():
    assert load_settings(dict.fromkeys(NAMES, "")) == Settings()


def test_all_settings_are_read(tmp_path: Path):
    config = tmp_path / "recs.toml"
    config.write_text("")
    values = {
        "REDIS_URL": "redis://h:1/2",
        "RECS_DATA_DIR": "/data",
        "RECS_CONFIG": str(config),
        "RECS_KEY_PREFIX": "shop",
        "RECS_HOST": "::1",
        "RECS_PORT": "80",
        "RECS_WORKERS": "4",
        "RECS_TRUSTED_HOSTS": "a.example, .b.example",
        "RECS_SECRET_KEY": "0123456789abcdef",
        "RECS_ADMIN_KEY": "key",
        "RECS_PUBLIC_READS": "true",
        "RECS_ALLOWED_ORIGINS": "https://a.example,http://localhost:3000",
    }
    assert set(values) == set(NAMES)
    assert load_settings(values) == Settings(
        redis_url="redis://h:1/2",
        data_dir=Path("/data"),
        config=config,
        key_prefix="shop",
        host="::1",
        port=80,
        workers=4,
        trusted_hosts=("a.example", ".b.example"),
        secret_key="0123456789abcdef",
        admin_key="key",
        public_reads=True,
        allowed_origins=("https://a.example", "http://localhost:3000"),
    )


def test_the_environment_goes_before_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".env").write_text("RECS_PORT=1111\nRECS_WORKERS=3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECS_PORT", "2222")
    monkeypatch.delenv("RECS_WORKERS", raising=False)
    settings = load_settings()
    assert (settings.port, settings.workers) == (2222, 3)
