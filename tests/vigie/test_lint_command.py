"""`vigie lint` over everything that vigie brings."""

from click.testing import CliRunner

from vigie.lint_command import lint


def test_lint_is_content_with_what_we_ship():
    result = CliRunner().invoke(lint)
    assert (result.exit_code, result.output) == (0, "rules, routes, boards, pages and doctor's steps are fine\n")
