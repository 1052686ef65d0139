"""The machinery does what the tests rely on."""

import ssl
import time

import psycopg
import pytest
import redis
import requests
import trustme
from sqlalchemy import create_engine, inspect

from tests.machine.browser import axe
from tests.machine.databases import emptied_postgresql
from tests.machine.receiver import Answer, Receiver


def test_a_database_is_migrated_and_empty(app, database_url):
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    assert "delivery" in inspect(engine).get_table_names()
    engine.dispose()
    assert app.config["SETTINGS"].database_url == url


def left_by(statement: str) -> tuple[str, str]:
    """The database where a test did this, and the one that the next test gets."""
    with emptied_postgresql() as url, psycopg.connect(url) as connection:
        connection.execute(statement.encode())
    with emptied_postgresql() as next_url:
        return url, next_url


def test_a_database_comes_back_empty():
    used, given = left_by("insert into login_failure values ('lgf_1', 'ada@example.com', '127.0.0.1', 0)")
    assert given == used
    with psycopg.connect(given) as connection:
        assert connection.execute("select count(*) from login_failure").fetchone() == (0,)


@pytest.mark.parametrize(
    "change",
    [
        "alter table webhook add column more int",
        "drop index ix_login_failure_ip_at",
        "create table more (n int)",
        "update alembic_version set version_num = 'older'",
        "insert into login_failure select n, repeat('a', 200), '::1', 0 from generate_series(1, 20000) n",
    ],
)
def test_a_database_that_was_changed_does_not_come_back(change):
    used, given = left_by(change)
    assert given != used


def test_a_database_that_is_used_does_not_come_back():
    with emptied_postgresql() as url:
        still = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        still.execute("select 1")
    still.close()


@pytest.mark.databases("sqlite")
def test_a_test_may_choose_one_database(database_url):
    assert database_url.startswith("sqlite")


def test_a_cluster_survives_a_crash(own_postgres):
    url = own_postgres.url("postgres")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    own_postgres.stop("immediate")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    own_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_redis_is_emptied_frozen_and_stopped(redis_server):
    with redis_server.client() as client:
        client.set("name", "value")
        redis_server.flush()
        assert client.get("name") is None
    frozen = redis.Redis.from_url(redis_server.url, socket_timeout=0.2)
    redis_server.freeze()
    with pytest.raises(redis.TimeoutError):
        frozen.ping()
    redis_server.thaw()
    assert frozen.ping()
    redis_server.stop()
    with pytest.raises(redis.ConnectionError):
        frozen.ping()
    frozen.close()


def test_redis_is_empty_again_for_the_next_test(redis_server):
    with redis_server.client() as client:
        assert client.dbsize() == 0


def test_a_receiver_keeps_what_it_got(receiver):
    requests.post(receiver.at("/a?b=1"), json={"n": 1}, headers={"X-One": "1"}, timeout=5)
    (got,) = receiver.wait_for(1)
    assert (got.method, got.path, got.header("x-one"), got.json()) == ("POST", "/a?b=1", "1", {"n": 1})


def test_a_receiver_answers_as_told(receiver):
    receiver.answer(Answer(500, b"no"), Answer(204))
    receiver.always(Answer(410), "/gone")
    session = requests.Session()
    codes = [session.post(receiver.at(path), timeout=5).status_code for path in ("/", "/", "/gone", "/")]
    assert codes == [500, 204, 410, 200]
    session.close()


def test_a_receiver_is_slow_silent_or_cuts(receiver):
    receiver.answer(Answer(delay_s=0.3), Answer(silent=True), Answer(cut=True))
    before = time.monotonic()
    assert requests.post(receiver.url, timeout=5).ok
    assert time.monotonic() - before >= 0.3
    with pytest.raises(requests.ReadTimeout):
        requests.post(receiver.url, timeout=0.2)
    with pytest.raises(requests.ConnectionError):
        requests.post(receiver.url, timeout=5)


def test_a_receiver_stops_and_starts_at_the_same_address(receiver):
    receiver.stop()
    with pytest.raises(requests.ConnectionError):
        requests.post(receiver.url, timeout=5)
    receiver.start()
    assert requests.post(receiver.url, timeout=5).ok
    assert len(receiver.requests) == 1


def test_a_receiver_speaks_https(tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    receiver = Receiver(context).start()
    assert requests.post(receiver.url, verify=str(tmp_path / "ca.pem"), timeout=5).ok
    receiver.stop()


@pytest.fixture
def a_site(receiver):
    """A receiver that serves the page a test gives it."""

    def serve(html, *headers):
        receiver.always(
            Answer(body=html.encode(), headers=[("Content-Type", "text/html"), *headers]), "/page"
        )
        receiver.always(Answer(204), "/favicon.ico")
        return receiver.at("/page")

    return serve


GOOD = "<!doctype html><html lang=en><title>A page</title><main><h1>Hello</h1></main></html>"


def test_a_good_page_has_no_faults(a_site, page, pages):
    page.goto(a_site(GOOD))
    assert axe(page) == []
    assert pages.watch(page).faults == []


@pytest.mark.parametrize(
    ("html", "header", "fault"),
    [
        ("<script>throw Error('mine')</script>", "", "script error: mine"),
        ("<script>console.error('mine')</script>", "", "console: mine"),
        ("<style>p {color: red}</style>", "default-src 'none'", "Content Security Policy"),
        ("<img src=http://example.com/a.png alt=a>", "", "another host: http://example.com"),
    ],
)
def test_a_fault_in_a_page_is_seen(a_site, page, pages, html, header, fault):
    page.goto(a_site(GOOD + html, ("Content-Security-Policy", header)))
    watch = pages.watch(page)
    assert any(fault in one for one in watch.faults), watch.faults
    watch.expect(".")


def test_axe_finds_what_people_cannot_use(a_site, page):
    page.goto(a_site(GOOD + "<input>"))
    assert any(finding.startswith("label") for finding in axe(page))


def test_a_page_is_dark_narrow_and_without_javascript(a_site, pages):
    address = a_site(GOOD + "<script>document.title = 'Changed'</script>")
    page = pages.open(dark=True, size=(320, 700))
    page.goto(address)
    assert page.title() == "Changed"
    assert page.evaluate("[matchMedia('(prefers-color-scheme: dark)').matches, innerWidth]") == [True, 320]
    still = pages.open(javascript=False)
    still.goto(address)
    assert still.title() == "A page"
