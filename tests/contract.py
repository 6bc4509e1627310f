"""What others count on in the files that the course writes."""

# What `metrics.json` and `gmb.json` hold of a trained model, besides the corpus's name and its
# number of sentences.
FIGURES = {
    "part",
    "scored",
    "parameters",
    "epochs",
    "seconds_per_epoch",
    "token_accuracy",
    "token_accuracy_with_padding",
    "entity_precision",
    "entity_recall",
    "entity_f1",
    "entity_f1_lenient",
    "per_type",
    "invalid_tags",
}
