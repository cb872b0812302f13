"""Every exercise: its page, its topic, and the function that poses it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from cnnviz.teaching.exercises import (
    architecture,
    channels,
    compare,
    convolution,
    detect,
    draw,
    embedding,
    field,
    ideas,
    inside,
    overview,
    photographs,
    race,
    report,
    time,
    train,
    why,
)
from cnnviz.teaching.exercises.multiple_choice import MultipleChoice
from cnnviz.teaching.exercises.scene import Scene


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        page: key of the page that it belongs to.
        topic: in a few words, which do not give the answer away.
        pose: computes the answer for a scene, and returns the question; None where it does not
            apply to the network.
        digits: number of test digits in the scene's sample.
    """

    page: str
    topic: str
    pose: Callable[[Scene], MultipleChoice | None]
    digits: int = 200

    @property
    def key(self) -> str:
        """A short name, the same in all versions."""
        return f"{self.page}-{self.pose.__name__}"


_ROWS = (
    Exercise("overview", "How many values a layer has", overview.values_of_early_layer),
    Exercise("overview", "Zeros in the late layer", overview.zeros_in_late_layer),
    Exercise("overview", "The second guess", overview.runner_up),
    Exercise("train", "The loss before training", train.loss_before_training),
    Exercise("train", "Steps of an epoch", train.steps_of_an_epoch),
    Exercise("train", "A large learning rate", train.learning_rate_too_high),
    Exercise("draw", "A shifted digit", draw.shifted),
    Exercise("draw", "Black and white exchanged", draw.inverted),
    Exercise("draw", "Upside down", draw.upside_down),
    Exercise("draw", "An empty image", draw.empty_image),
    Exercise("inside", "Early and late: the number of values", inside.values_early_and_late),
    Exercise("inside", "The digit moves", inside.moved_digit),
    Exercise("inside", "The strongest channel", inside.strongest_channel_of_another_digit),
    Exercise("inside", "The size of late maps", inside.size_of_the_late_map),
    Exercise("field", "The size of a receptive field", field.size_of_field),
    Exercise("field", "The unit in the corner", field.corner_and_center),
    Exercise("field", "One pixel changes", field.one_pixel),
    Exercise("field", "Theoretical and effective", field.effective_and_theoretical),
    Exercise("convolution", "The cost of one value", convolution.products_of_one_value),
    Exercise("convolution", "The parameters of a layer", convolution.parameters_of_the_layer),
    Exercise("convolution", "The size of the output", convolution.output_side),
    Exercise("convolution", "Twice the input", convolution.doubled_input),
    Exercise("channels", "One channel less", channels.muted_channel),
    Exercise("channels", "Half of the channels", channels.half_of_the_channels),
    Exercise("channels", "Edges or brightness", channels.response_to_uniform_brightness),
    Exercise("why", "Empty pixels", why.empty_pixels),
    Exercise("why", "The sum of a map", why.sum_of_integrated_gradients),
    Exercise("why", "Removing the important ink", why.deleting_the_top),
    Exercise("why", "How fine Grad-CAM is", why.positions_of_grad_cam),
    Exercise("embedding", "Variance on the map", embedding.variance_in_the_plane),
    Exercise("embedding", "Neighbors", embedding.neighbors_in_pixels_and_late),
    Exercise("embedding", "Without training", embedding.untrained_neighbors),
    Exercise("time", "Accuracy before training", time.accuracy_before_training),
    Exercise("time", "What one step changes", time.weights_that_one_step_changes),
    Exercise("time", "Gradients, first and last", time.first_and_last_gradient),
    Exercise("photographs", "A filter for color", photographs.weights_of_color_filters),
    Exercise("photographs", "The size of late maps", photographs.resolution_of_late_layer),
    Exercise("photographs", "Photographs and digits", photographs.published_and_digits),
    Exercise("race", "Parameters and time", race.parameters_and_time),
    Exercise("race", "Multiplications and time", race.macs_and_time),
    Exercise("race", "Batches and time", race.batch_and_time),
    Exercise("race", "Digits per second", race.digits_per_second),
    Exercise("race", "Floating-point operations", race.operations_of_a_digit),
    Exercise("race", "The cost of an epoch", race.cost_of_an_epoch),
    Exercise(
        "compare",
        "Larger and better?",
        compare.larger_and_more_accurate,
        digits=compare.DIGITS,
    ),
    Exercise("compare", "How uncertain is 98%?", compare.half_width_of_interval),
    Exercise("compare", "The same mistakes?", compare.same_mistakes, digits=compare.DIGITS),
    Exercise("report", "Memory of the weights", report.bytes_of_weights),
    Exercise("report", "Weights and outputs", report.weights_and_activations),
    Exercise("report", "The costliest layer", report.share_of_the_costliest_layer),
    Exercise("architecture", "Most parameters", architecture.most_parameters),
    Exercise("architecture", "Most multiplications", architecture.most_macs),
    Exercise("architecture", "Fully connected layers", architecture.share_of_linear_layers),
    Exercise("ideas", "A 1 × 1 convolution", ideas.one_by_one),
    Exercise("ideas", "Depthwise separable", ideas.depthwise_separable),
    Exercise("ideas", "Attention on larger images", ideas.attention_pairs),
    Exercise("ideas", "Layers of zeros", ideas.layers_of_zeros),
    Exercise("detect", "Queries without a digit", detect.queries_without_object),
    Exercise("detect", "The size of the output", detect.numbers_of_the_output),
    Exercise("detect", "Everything moves", detect.moved_canvas),
)

EXERCISES: Mapping[str, Exercise] = MappingProxyType({row.key: row for row in _ROWS})


def exercises_of(page: str) -> tuple[Exercise, ...]:
    """Return the exercises of a page, by its key; none for a page without a network."""
    return tuple(row for row in _ROWS if row.page == page)


_VARIANTS = 4  # seeds tried, since some exercises do not apply to every layer or digit


def pose(exercise: Exercise, scene: Scene) -> MultipleChoice | None:
    """Return an exercise about a scene; None if it does not apply to the network.

    Args:
        exercise: to pose.
        scene: the network and the digit on the screen; its seed is the first that is tried.
    """
    for seed in range(scene.seed, scene.seed + _VARIANTS):
        question = exercise.pose(replace(scene, seed=seed))
        if question is not None:
            return question
    return None
