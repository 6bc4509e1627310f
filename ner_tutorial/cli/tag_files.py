"""The command `tag-files`."""

import click


@click.command("tag-files")
@click.argument("directory")
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--output", required=True, help="The directory of the parts; it is made.")
@click.option("--column", default="text", show_default=True, help="Which holds the texts.")
@click.option(
    "--workers", type=click.IntRange(1),
    help="Processes to start on this machine; by default one for each processor.",
)  # fmt: skip
@click.option("--scheduler", help="The address of a Dask cluster to use instead.")
def tag_files(
    directory: str,
    inputs: tuple[str, ...],
    output: str,
    column: str,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Find the entities in many files, on several processes or machines.

    An INPUT is a file, an address that fsspec knows, such as s3://bucket/news.csv, or a pattern of
    either. Names that end in .jsonl, .ndjson, .csv or .parquet have columns: one holds the texts,
    all are kept, and a column `entities` is added. All else is text, of which each part is what
    `tag --format json` writes.

    Files are cut into blocks of about a million characters, Parquet into its row groups, and each
    becomes a part in the output directory: part-00000.jsonl and so on, in order, each whole or not
    there. manifest.json lists them. If a run breaks off, give the same command again: it goes on.

    Needs Dask: pip install 'ner-tutorial[cluster]'

    \b
    Example:
      python -m ner_tutorial tag-files my-model 'news/*.txt' --output tagged --workers 2
      python -m ner_tutorial tag-files my-model mails.csv --column body --output mails
    """
    from ner_tutorial import cluster

    manifest = cluster.tag_files(
        directory,
        inputs,
        output,
        column=column,
        scheduler=scheduler,
        workers=workers,
        say=lambda line: click.echo(line, err=True),
    )
    click.echo(
        f"{manifest['entities']:,} entities in {manifest['texts']:,} sentences or rows; "
        f"{len(manifest['parts']):,} parts in {output}"
    )
