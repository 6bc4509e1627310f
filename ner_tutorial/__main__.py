from ner_tutorial.cli import main

main(prog_name="python -m ner_tutorial")
