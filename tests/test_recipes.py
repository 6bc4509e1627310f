"""The recipes: one for each architecture and size of corpus."""

import dataclasses

import pytest

from ner_tutorial.models import ARCHITECTURES
from ner_tutorial.recipes import LARGE_CORPUS, RECIPES, TAGGING_BATCH_SIZE, Recipe


def test_each_architecture_has_its_recipes_and_both_tables_list_them_in_one_order():
    assert list(RECIPES) == list(ARCHITECTURES)


@pytest.mark.parametrize("architecture", RECIPES)
def test_the_recipe_follows_from_the_size_with_the_border_at_a_large_corpus(architecture):
    small, large = RECIPES[architecture]
    assert small != large
    for sentences, recipe in (
        (1, small),
        (LARGE_CORPUS - 1, small),
        (LARGE_CORPUS, large),
        (LARGE_CORPUS + 1, large),
    ):
        assert Recipe.choose(architecture, sentences) == recipe


def test_the_sample_is_a_small_corpus_and_gmb_a_large_one():
    assert 4_320 < LARGE_CORPUS <= 38_843


def test_an_unknown_architecture_is_refused_and_those_that_are_named():
    with pytest.raises(
        ValueError, match=r"no recipe for 'hmm'; there are softmax, crf, char-crf, ensemble$"
    ):
        Recipe.choose("hmm", 100)


def test_both_classic_networks_are_trained_alike_so_that_only_the_crf_differs():
    assert RECIPES["softmax"] == RECIPES["crf"]
    assert all(recipe.min_count == 1 for recipe in RECIPES["crf"])


@pytest.mark.parametrize("recipe", [recipe for both in RECIPES.values() for recipe in both])
def test_every_recipe_can_be_followed(recipe):
    counts = (recipe.epochs, recipe.batch_size, recipe.min_count, TAGGING_BATCH_SIZE)
    assert all(isinstance(count, int) and count >= 1 for count in counts)
    assert 0 < recipe.learning_rate <= 1
    assert recipe.clip_norm is None or recipe.clip_norm > 0


def test_a_recipe_that_another_is_made_from_stays_as_it_was():
    recipe = Recipe.choose("crf", 100)
    other = dataclasses.replace(recipe, epochs=recipe.epochs + 1)
    assert Recipe.choose("crf", 100) == recipe != other
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.epochs = 1
