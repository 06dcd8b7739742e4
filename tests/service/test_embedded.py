"""The embedded server, with real processes that share a data directory, leave it and are killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.embedded import EmbeddedError, EmbeddedValkey, open_store
from service.settings import load_settings
from service.store.connection import connect
from service.valkey_process import server_binary, spawn
from tests.service.embedded_participant import Participant, no_server, serving_process
from tests.waiting import wait_until


def write_and_stop(data_dir: Path, values: int = 1) -> None:
    """Leave some data behind, with no server running."""
    with EmbeddedValkey(data_dir) as server, connect(server.url, profile="training") as client:
        for number in range(values):
            client.set(f"key{number}", "kept" * 10)


def kept(data_dir: Path) -> int:
    """How many keys a fresh start finds."""
    with EmbeddedValkey(data_dir) as server, connect(server.url, profile="training") as client:
        return client.dbsize()


@pytest.mark.parametrize("name", ["plain", "with spaces", 'Zoë\'s "data" $HOME #1', "deep/" * 30])
def test_data_survives_a_restart_whatever_the_directory_is_called(tmp_path, name):
    write_and_stop(tmp_path / name, values=3)
    assert no_server(tmp_path / name)
    assert kept(tmp_path / name) == 3


def test_others_join_the_server_that_runs(tmp_path):
    with Participant(tmp_path) as first, Participant(tmp_path) as second, EmbeddedValkey(tmp_path) as server:
        client = connect(server.url, profile="training")
        assert first.server() == second.server() == serving_process(client)


def test_six_that_start_at_once_share_one_server(tmp_path):
    participants = [Participant(tmp_path) for _ in range(6)]
    assert len({one.server() for one in participants}) == 1
    assert [one.leave() for one in participants] == [0] * 6
    assert no_server(tmp_path)


def test_the_owner_killed_takes_its_server_along_and_the_data_stays(tmp_path):
    with Participant(tmp_path) as owner, connect(EmbeddedValkey(tmp_path).url, profile="training") as client:
        owner.server()
        client.set("written", "before the kill")
        owner.kill()
        wait_until(lambda: no_server(tmp_path), "the server's end")
    assert kept(tmp_path) == 1


def test_who_joined_takes_over_when_the_owner_is_killed(tmp_path):
    with Participant(tmp_path) as owner:
        first = owner.server()
        with EmbeddedValkey(tmp_path) as server, connect(server.url, profile="serving") as client:
            client.set("written", "before the kill")
            owner.kill()
            wait_until(
                lambda: serving_process(client) not in (None, first), "another server on the same socket"
            )
            assert client.get("written") == b"before the kill"
    assert no_server(tmp_path)


def test_one_of_many_that_joined_takes_over(tmp_path):
    with Participant(tmp_path) as owner:
        first = owner.server()
        with Participant(tmp_path) as joined, Participant(tmp_path) as another:
            assert joined.server() == another.server() == first
            owner.kill()
            with Participant(tmp_path) as late:
                assert late.server() != first
                assert [one.leave() for one in (joined, another, late)] == [0, 0, 0]
    assert no_server(tmp_path)


def test_who_joined_takes_over_when_the_owner_leaves(tmp_path):
    with Participant(tmp_path) as owner:
        first = owner.server()
        with EmbeddedValkey(tmp_path) as server, connect(server.url, profile="serving") as client:
            client.set("x", "1")
            assert owner.leave() == 0
            wait_until(lambda: serving_process(client) not in (None, first), "another server")
            assert client.get("x") == b"1"


def test_the_owner_starts_a_server_anew_that_was_killed(tmp_path):
    with EmbeddedValkey(tmp_path) as server, connect(server.url, profile="serving") as client:
        client.set("x", "1")
        killed = serving_process(client)
        assert killed is not None
        os.kill(killed, 9)
        wait_until(lambda: serving_process(client) not in (None, killed), "another server")
        assert client.get("x") == b"1"


def test_an_orphan_on_the_data_is_ended_first(tmp_path):
    """Where the kernel has no death signal, a killed owner leaves a server that nobody owns."""
    write_and_stop(tmp_path)
    folder, server = tmp_path / "store", EmbeddedValkey(tmp_path)
    socket = server.url.removeprefix("unix://")
    arguments = ["--port", "0", "--unixsocket", socket, "--dir", str(folder), "--appendonly", "yes"]
    orphan = spawn([server_binary(), *arguments], folder / "server.lock")
    with connect(server.url, profile="serving") as client:
        wait_until(lambda: serving_process(client) == orphan.pid, "the orphan's start")
        client.set("of the orphan", "1")
        with server:
            assert serving_process(client) not in (None, orphan.pid)
            assert client.dbsize() == 2
    assert orphan.wait() == 0


def test_within_one_process_the_last_to_leave_stops_it(tmp_path):
    with EmbeddedValkey(tmp_path) as outer, connect(outer.url, profile="serving") as client:
        with EmbeddedValkey(tmp_path) as inner:
            assert inner.url == outer.url
        assert client.ping()
    assert no_server(tmp_path)


_FORKING = """
import os, sys
from pathlib import Path
from service.embedded import EmbeddedValkey
from service.store.connection import connect
with EmbeddedValkey(Path(os.environ["DATA_DIR"])) as server:
    child = os.fork()
    if child == 0:
        sys.exit(0)
    os.waitpid(child, 0)
    with connect(server.url, profile="training") as client:
        print(client.info("server")["process_id"], flush=True)
        sys.stdin.read()
"""


def test_a_forked_child_that_ends_stops_nothing(tmp_path):
    with Participant(tmp_path, ["-c", _FORKING]) as owner:
        assert owner.server()
        assert owner.leave() == 0
    assert no_server(tmp_path)


def append_only_file(data_dir: Path) -> Path:
    """The file that the last commands were appended to."""
    (file,) = (data_dir / "store" / "appendonlydir").glob("*.incr.aof")
    return file


@pytest.mark.parametrize("cut", [1, 20, 33])
def test_an_append_only_file_cut_at_its_end_starts_with_what_was_whole(tmp_path, cut):
    write_and_stop(tmp_path, values=5)
    file = append_only_file(tmp_path)
    file.write_bytes(file.read_bytes()[:-cut])
    assert kept(tmp_path) == 4


def test_one_damaged_in_the_middle_is_refused_with_cause_and_cure(tmp_path):
    write_and_stop(tmp_path, values=5)
    file = append_only_file(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"*3", b"damaged", 1))
    with pytest.raises(EmbeddedError) as refused, EmbeddedValkey(tmp_path):
        pass
    assert "Bad file format" in str(refused.value)
    assert "valkey.log" in str(refused.value)
    assert "move the folder away and train again, or publish a version anew" in str(refused.value)


def test_a_data_directory_that_is_a_file_is_refused_with_its_name(tmp_path):
    (tmp_path / "var").write_text("not a folder")
    with pytest.raises(EmbeddedError, match="var/store"), EmbeddedValkey(tmp_path / "var"):
        pass


def test_after_a_refusal_it_starts_once_the_cause_is_gone(tmp_path):
    (tmp_path / "var").write_text("not a folder")
    with pytest.raises(EmbeddedError), EmbeddedValkey(tmp_path / "var"):
        pass
    (tmp_path / "var").unlink()
    assert kept(tmp_path / "var") == 0


def test_the_store_is_the_embedded_one_without_redis_url(tmp_path):
    with open_store(load_settings({"RECS_DATA_DIR": str(tmp_path)}), "training") as client:
        client.set("x", "1")
    assert no_server(tmp_path)
    assert kept(tmp_path) == 1


def test_the_store_is_the_named_one_with_redis_url(tmp_path, store, store_url):
    store.set("x", "1")
    with open_store(
        load_settings({"REDIS_URL": store_url, "RECS_DATA_DIR": str(tmp_path)}), "training"
    ) as client:
        assert client.get("x") == b"1"
    assert not (tmp_path / "store").exists()
