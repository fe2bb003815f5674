from hypothesis import given
from hypothesis import strategies as st

from factories.layers import distribution, part
from layerwright.checks.contents import Contents
from layerwright.checks.distributions import normalise, read_headers

INFO = "python/a-1.dist-info"


def contents(*groups):
    return Contents((part(*groups),))


def test_metadata_is_read():
    extra = {"top_level.txt": "a\n_a\n", "direct_url.json": '{"url": "file:///x"}'}
    files = distribution(
        "Foo.Bar", "1.0", requires=["b>=1; extra == 'x'", "c"], requires_python=">=3.8", extra=extra
    )
    files["python/Foo.Bar-1.0.dist-info/METADATA"] = files["python/Foo.Bar-1.0.dist-info/METADATA"].replace(
        b"\n\n",
        b"\nProvides-Extra: X_y\nClassifier: Programming Language :: Python :: 3.11\nClassifier: Programming Language :: Python :: 3\n\nRequires-Dist: no header\n",
    )
    (one,) = contents(files).distributions
    assert (one.name, one.title, one.version, one.requirement) == (
        "foo-bar",
        "Foo.Bar",
        "1.0",
        "Foo.Bar==1.0",
    )
    assert one.requires == ("b>=1; extra == 'x'", "c")
    assert one.requires_python == ">=3.8"
    assert one.extras == {"x-y"}
    assert one.supports == {(3, 11)}
    assert one.tags == ("py3-none-any",)
    assert one.top_level == ("a", "_a")
    assert one.direct_url == {"url": "file:///x"}
    assert one.has_record
    assert one.whole


def test_old_metadata_is_read():
    (one,) = contents(
        {"python/a-1.2-py3.8.egg-info/PKG-INFO": "Metadata-Version: 1.1\nName: a\n"}
    ).distributions
    assert (one.name, one.version, one.whole) == ("a", "1.2", False)


def test_what_is_missing_is_taken_from_the_folder():
    (one,) = contents({f"{INFO}/RECORD": ""}).distributions
    assert (one.name, one.version, one.whole, one.requires) == ("a", "1", False, ())


def test_headers_go_over_lines():
    assert read_headers("Name: a\nRequires-Dist: b\n  ; extra == 'x'\nX: y\n\nName: c") == {
        "name": ["a"],
        "requires-dist": ["b ; extra == 'x'"],
    }


def test_a_licence_in_the_headers_does_not_end_them():
    text = "Name: numpy\nLicense: one\n        \n        two\nRequires-Python: >=3.9\n\nText: x"
    assert read_headers(text)["requires-python"] == [">=3.9"]


def test_records_are_read():
    record = 'a/x.py,sha256=abc,3\n"a/y,z.py",,\n../bin/tool,sha256=d,1\nnonsense\n\\a\\w.py,,x\n'
    one = contents({f"{INFO}/RECORD": record, f"{INFO}/METADATA": "Name: a\nVersion: 1\n\n"})
    lines = one.records[f"/opt/{INFO}"]
    assert [tuple(line) for line in lines] == [
        ("/opt/python/a/x.py", "sha256=abc", 3),
        ("/opt/python/a/y,z.py", None, None),
        ("/opt/bin/tool", "sha256=d", 1),
        ("/a/w.py", None, None),
    ]


def test_a_file_has_an_owner():
    one = contents(
        distribution("a"),
        distribution("b-c", files={"b_c/x.py": ""}),
        {"python/b_c/new.py": "", "python/d.py": ""},
    )
    assert one.owner("/opt/python/a/__init__.py").name == "a"
    assert one.owner("/opt/python/b_c/new.py").name == "b-c"
    assert one.owner("/opt/python/d.py") is None


def test_names_are_normalised():
    assert normalise("Zope__.-Interface") == "zope-interface"


@given(st.binary(max_size=400), st.binary(max_size=400), st.binary(max_size=200), st.binary(max_size=100))
def test_any_bytes_are_read(metadata, record, wheel, url):
    files = {
        f"{INFO}/METADATA": metadata,
        f"{INFO}/RECORD": record,
        f"{INFO}/WHEEL": wheel,
        f"{INFO}/direct_url.json": url,
    }
    one = contents(files)
    assert len(one.distributions) == 1
    assert all(line.path.startswith("/") for lines in one.records.values() for line in lines)


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=20).filter(
                lambda name: name.isprintable() and not set(name) & set('",\\/')
            ),
            st.integers(0, 10**6),
        ),
        max_size=5,
    )
)
def test_what_was_recorded_is_read_back(rows):
    record = "".join(f"pkg/{name},sha256=x,{size}\n" for name, size in rows)
    one = contents({f"{INFO}/RECORD": record, f"{INFO}/METADATA": "Name: a\nVersion: 1\n\n"})
    assert [(line.path, line.size_bytes) for line in one.records[f"/opt/{INFO}"]] == [
        (f"/opt/python/pkg/{name}", size) for name, size in rows
    ]
