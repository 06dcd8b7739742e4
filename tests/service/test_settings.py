from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import NAMES, Settings, SettingsError, load_settings

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
    ("REDIS_URL", "http://x", "Must begin with redis://, rediss:// or unix://."),
    (
        "REDIS_URL",
        "redis+cluster://a:1,b:2",
        "redis+cluster:// arrives in a later release; use redis://, rediss:// or unix://.",
    ),
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
        load_settings({"RECS_PORT": "x", "RECS_WORKERS": "x", "RECS_NEW": "x", "PATH": "/bin"})
    lines = str(refused.value).splitlines()
    assert [line.partition(":")[0].strip() for line in lines[1:]] == ["RECS_NEW", "RECS_PORT", "RECS_WORKERS"]


def test_a_refused_secret_is_not_repeated():
    with pytest.raises(SettingsError) as refused:
        load_settings({"RECS_SECRET_KEY": "hunter2", "RECS_ADMIN_KEY": "hunter 3"})
    assert "hunter" not in str(refused.value)


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path):
    config = tmp_path / "recs.toml"
    config.write_text("placements = [")
    with pytest.raises(SettingsError, match=r"RECS_CONFIG: .* is not TOML"):
        load_settings({"RECS_CONFIG": str(config)})


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
