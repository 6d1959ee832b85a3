"""How the local cloud's command writes."""

from rich.table import Table

YES, NO = "[green]✓[/]", "[red]✗[/]"


def table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, header_style="dim", no_wrap=True)
    return made
