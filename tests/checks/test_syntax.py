"""What is not Python is told with its line, what it really is, and the repair where there is one."""

from __future__ import annotations

import pytest
from tests.checks.surrounding import NEW, OLD, found, source, told
from tests.environments import ENVIRONMENTS, python_of

from transom.engine.checks import Surroundings, check, environment_facts, fixed, runnable
from transom.engine.checks.reading import parsed
from transom.model.scripts import Severity

END = "def azureml_main(dataframe1=None, dataframe2=None):\n    return dataframe1,\n"
OLD_LINES = {
    'print "rows"': 'print("rows")',
    'print "a", x,': 'print("a", x, end=" ")',
    'print >>sys.stderr, "a"': 'print("a", file=sys.stderr)',
    'print "a %s" % (x, y)': 'print("a %s" % (x, y))',
    'print ("a"), "b"': 'print(("a"), "b")',
    'if x: print "a"': 'if x: print("a")',
    'print "a"; print "b"': 'print("a"); print "b"',
    'exec "x = 1" in scope': 'exec("x = 1", scope)',
    'raise ValueError, "no"': 'raise ValueError("no")',
    "if x <> 3: pass": "if x != 3: pass",
    "y = `x`": "y = repr(x)",
    "y = 0777": "y = 0o777",
    "y = 10L": "y = 10",
    'y = ur"a"': 'y = r"a"',
    'print "print x"': 'print("print x")',
    "print x # print y": "print(x) # print y",
}


@pytest.mark.parametrize("old", OLD_LINES)
def test_python_2_is_named_with_its_line_and_repaired(old: str) -> None:
    text = f"import sys\nx = y = 1\nscope = {{}}\n{old}\n{END}"
    findings = [each for each in found(text) if each.code in {"syntax", "old_print"}]
    assert {each.line for each in findings} == {4}
    assert "Python 2" in findings[0].message
    assert "Write `" in findings[0].remedy
    repaired = fixed(source(text), Surroundings(NEW))
    parsed(repaired)
    if ";" not in old:
        assert f"\n{OLD_LINES[old]}\n" in repaired


def test_an_except_clause_of_python_2_is_repaired() -> None:
    text = f"try:\n    pass\nexcept (OSError, ValueError), e:\n    pass\n{END}"
    assert "except (OSError, ValueError) as e:" in fixed(source(text), Surroundings(NEW))


@pytest.mark.parametrize("name", ["xrange(3)", "unicode('a')", "raw_input()", "long(3)", "basestring"])
def test_a_name_of_python_2_is_replaced(name: str) -> None:
    findings = found(f"x = {name}\n{END}")
    assert findings[0].code == "undeclared_name"
    assert "Python 3 calls it" in findings[0].remedy
    assert findings[0].certain


def test_a_print_in_a_string_or_a_comment_is_left_alone() -> None:
    text = f'print "x"\ntext = """\nprint "y"\n"""\n# print "z"\n{END}'
    repaired = fixed(source(text), Surroundings(NEW))
    assert '\nprint "y"\n' in repaired
    assert '# print "z"' in repaired
    assert repaired.startswith('print("x")')


SPACED = "def azureml_main(dataframe1=None,\u00a0dataframe2=None):\n\u00a0   x = 'a\u00a0b'  # a\u00a0b\n    return dataframe1,\u200b\n"


def test_a_no_break_space_runs_with_a_warning() -> None:
    findings = found(SPACED)
    assert [(each.code, each.line, each.column, each.severity) for each in findings] == [
        ("pasted_character", 1, 34, Severity.WARNING),
        ("pasted_character", 2, 1, Severity.WARNING),
        ("pasted_character", 3, 23, Severity.WARNING),
    ]
    assert "a no-break space (U+00A0)" in findings[0].message
    clean = runnable(source(SPACED))
    assert (
        clean.text
        == clean.content.decode()
        == SPACED.replace("=None,\u00a0", "=None, ").replace("\n\u00a0 ", "\n  ").replace("\u200b", "")
    )
    assert fixed(source(SPACED), Surroundings(NEW)) == clean.text


def test_a_source_without_such_characters_is_given_back_itself() -> None:
    ours = source("x = 'é\u00a0'\n" + END)
    assert runnable(ours) is ours


def test_a_repaired_source_keeps_its_encoding() -> None:
    content = ("# -*- coding: latin-1 -*-\nx =\u00a0'é'\n" + END).encode("latin-1")
    assert runnable(source(content)).content == content.replace(b"=\xa0'", b"= '")


@pytest.mark.parametrize(
    ("text", "line", "words", "repaired"),
    [
        ("x = “a”\n" + END, 1, "“", 'x = "a"\n' + END),
        ("x = ‘it is’\n" + END, 1, "‘", "x = 'it is'\n" + END),
        ("x = 3 – 1\n" + END, 1, "–", "x = 3 - 1\n" + END),
        ("x = “a – b”\n" + END, 1, "“", 'x = "a – b"\n' + END),
        ("print（3）\n" + END, 1, "（", "print(3)\n" + END),
        (END + "}\n", 3, "nothing opens", END),
        ("```python\n" + END + "```\n", 1, "Markdown", END),
        ("Here it is:\n```\n" + END + "```\nGood luck!\n", 2, "Markdown", END),
        (">>> x = 1\n>>> def azureml_main(a=None):\n...     return a\n", 1, ">>>", "x = 1\ndef azureml_main(a=None):\n    return a\n"),
        ("1  x = 1\n2  def azureml_main(a=None):\n3      return a\n", 1, "line number", " x = 1\n"),
        ("!pip install x\n" + END, 1, "notebook", 'import os; os.system("pip install x")\n' + END),
        ("%matplotlib inline\n" + END, 1, "notebook", "# %matplotlib inline\n" + END),
        ("def azureml_main(a=None)\n    return a\n", 1, "no colon", "def azureml_main(a=None):\n    return a\n"),
        ("def azureml_main(a=None):\n\tx = 1\n        return a\n", 2, "tab", "def azureml_main(a=None):\n        x = 1\n        return a\n"),
        ("    def azureml_main(a=None):\n        return a\n", 1, "whole script", "def azureml_main(a=None):\n    return a\n"),
        ("def azureml_main(a=None):\nreturn a\n", 2, "not indented", "def azureml_main(a=None):\n    return a\n"),
        ("def azureml_main(a=None):\n    x = 1\n     y = 2\n    return a\n", 3, "indented more", "def azureml_main(a=None):\n    x = 1\n    y = 2\n    return a\n"),
    ],
)  # fmt: skip
def test_a_slip_is_named_and_repaired(text: str, line: int, words: str, repaired: str) -> None:
    finding = found(text)[0]
    assert (finding.code, finding.severity, finding.line) == ("syntax", Severity.REFUSED, line)
    assert words in finding.message
    made = fixed(source(text), Surroundings(NEW), certain_only=False)
    parsed(made)
    assert made.lstrip() == repaired.lstrip() or words == "line number"


@pytest.mark.parametrize(
    ("text", "line", "remedy"),
    [
        ("x = (1,\n" + END, 1, "Close the ("),
        ("x = 'abc\n" + END, 1, "End the text"),
        ('x = """abc\n' + END, 1, "End the text"),
        (END + "return 3\n", 3, "Indent line 3"),
        (END + "def f(:\n    pass\n", 3, "Look at line 3"),
        ("<<<<<<< HEAD\n" + END, 1, "Keep one of the two versions"),
    ],
)
def test_what_only_the_person_can_repair_is_told_with_its_line(text: str, line: int, remedy: str) -> None:
    finding = found(text)[0]
    assert (finding.code, finding.line, finding.certain, finding.edits) == ("syntax", line, False, ())
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("if (n := 3): pass", "3.8"),
        ("def f(a, /): pass", "3.8"),
        ("from __future__ import annotations", "3.7"),
        ("match 3:\n    case 3: pass", "3.10"),
        ("try:\n    pass\nexcept* ValueError:\n    pass", "3.11"),
    ],
)
def test_syntax_that_the_environment_is_too_old_for_is_refused_with_the_python_that_has_it(
    line: str, version: str
) -> None:
    findings = [each for each in found(f"{line}\n{END}", OLD) if each.code == "syntax"]
    assert [each.severity for each in findings] == [Severity.REFUSED]
    assert f"needs Python {version} or newer" in findings[0].message
    assert "has Python 3.6" in findings[0].message
    assert told(f"{line}\n{END}", NEW) == []


def test_a_script_that_only_the_environment_understands_is_not_refused() -> None:
    newest = python_of(ENVIRONMENTS[-1])
    if newest is None:
        pytest.skip("there is no Python 3.13 on this machine")
    surroundings = Surroundings(environment_facts(str(newest)))
    text = "def first[T](values: list[T]) -> T:\n    return values[0]\n" + END
    assert check(source(text), surroundings) == ()


def test_the_oldest_python_is_asked_for_its_own_words() -> None:
    oldest = python_of(ENVIRONMENTS[0])
    if oldest is None:
        pytest.skip("there is no Python 3.6 on this machine")
    findings = check(source("x = 3\nprint(f'{x=}')\n" + END), Surroundings(environment_facts(str(oldest))))
    assert [(each.code, each.line, each.severity) for each in findings] == [("syntax", 2, Severity.REFUSED)]
    assert "not Python 3.6" in findings[0].message


def test_a_slip_in_the_bundle_never_refuses_the_run() -> None:
    surroundings = Surroundings(NEW, True, {"old.py": source("print 'x'\n", "bundle/old.py")}, ("old.py",))
    findings = check(source(END), surroundings)
    assert [(each.code, each.severity, each.file) for each in findings] == [
        ("syntax", Severity.WARNING, "bundle/old.py")
    ]


def test_every_slip_is_told_at_once_with_what_else_is_wrong() -> None:
    text = "import pandas as pd\nprint 'x'\ndef azureml_main(a=None, b=None):\n    print a\n    return a.append(DataFrame1)\n"
    assert told(text) == [("syntax", 2), ("syntax", 4), ("departed_name", 5), ("undeclared_name", 5)]


@pytest.mark.parametrize(
    "text",
    ["(" * 3000, "x = " + "-" * 100000 + "1", "\x0c\n", "\\", "#" * 10, "\ufeff\ufeffx=1", "`", "```", ">>>", "}"],
)
def test_any_text_is_survived(text: str) -> None:
    assert isinstance(found(text), tuple)
