import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "write_rule_docs.py"


def test_the_page_of_rules_is_up_to_date():
    spec = importlib.util.spec_from_file_location("write_rule_docs", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.DOCS.read_text(encoding="utf-8") == script.rule_docs(), f"run python {SCRIPT.name}"
