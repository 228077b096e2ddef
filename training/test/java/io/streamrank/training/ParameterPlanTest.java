package io.streamrank.training;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.model.Parameter;
import io.streamrank.model.Trainable;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ParameterPlanTest {
    private static final OptimizerSettings DECAY =
            OptimizerSettings.defaults().withWeightDecay(0.1, false).withLayerDecay(0.5);

    @Test
    void sparesWhatAStateSpaceRemembersBy() {
        Map<String, ParameterClass> classes = classes("mamba", DECAY);

        assertThat(decayed(classes))
                .contains(
                        "layer.0.in.weight",
                        "layer.0.conv.weight",
                        "layer.0.x.weight",
                        "layer.0.dt.weight",
                        "head.score.weight")
                .noneMatch(name -> name.endsWith("a_log") || name.endsWith(".d") || name.endsWith("bias"))
                .noneMatch(name -> name.contains("norm") || name.startsWith("embeddings"));
        assertThat(decayed(classes("mamba2", DECAY)))
                .noneMatch(name -> name.endsWith("a_log") || name.endsWith(".d") || name.endsWith("dt.bias"));
    }

    @Test
    void learnsLessTheLowerALayer() {
        Map<String, ParameterClass> classes = classes("bart", DECAY);
        long encoder = classes.keySet().stream()
                .filter(name -> name.matches("layer\\.\\d+\\.attention\\.query\\.weight"))
                .count();
        long decoder = classes.keySet().stream()
                .filter(name -> name.matches("decoder\\.\\d+\\.attention\\.query\\.weight"))
                .count();

        assertThat(rate(classes, "head.score.weight")).isEqualTo(1);
        assertThat(rate(classes, "decoder." + (decoder - 1) + ".cross.query.weight"))
                .isEqualTo(0.5);
        assertThat(rate(classes, "layer." + (encoder - 1) + ".attention.query.weight"))
                .isEqualTo(Math.pow(0.5, decoder + 1));
        assertThat(rate(classes, "embeddings.word.weight")).isEqualTo(Math.pow(0.5, encoder + decoder + 1));
        assertThat(rate(classes, "decoder.position.weight")).isEqualTo(Math.pow(0.5, encoder + decoder + 1));
    }

    @Test
    void countsWhatComesAfterTheLastLayerToTheTop() {
        // OPT 350M reads words through one projection and leaves its last layer through another.
        List<Parameter> parameters = Stream.of(
                        "embeddings.word.weight", "embeddings.in.weight", "layer.0.fc1.weight", "embeddings.out.weight")
                .map(name -> new Parameter(name, name, List.of(4L, 4L), false))
                .toList();

        Map<String, ParameterClass> each = classes(ParameterPlan.of(parameters, DECAY.withFrozenEmbeddings(true)));

        assertThat(each).containsOnlyKeys("layer.0.fc1.weight", "embeddings.out.weight");
        assertThat(rate(each, "embeddings.out.weight")).isEqualTo(1);
    }

    @Test
    void laysTrainedWeightsOutInOneAlignedVector() {
        try (Trainable trainable = GoldenCheckpoint.open("deberta-v2")) {
            ParameterPlan plan = ParameterPlan.of(trainable.parameters(), DECAY.withFrozenEmbeddings(true));

            assertThat(plan.order()).containsExactlyInAnyOrderElementsOf(trainable.parameters());
            assertThat(plan.order().subList(plan.trained(), plan.order().size()))
                    .allMatch(parameter -> parameter.name().startsWith("embeddings.")
                            || parameter.name().startsWith("relative."));
            assertThat(plan.begins()).allMatch(begin -> begin % 16 == 0);
            for (int i = 0; i < plan.trained(); i++) {
                assertThat(plan.begins().get(i + 1) - plan.begins().get(i))
                        .isBetween(
                                plan.order().get(i).size(), plan.order().get(i).size() + 15);
            }
        }
    }

    private static double rate(Map<String, ParameterClass> classes, String name) {
        return requireNonNull(classes.get(name), name).rate();
    }

    private static List<String> decayed(Map<String, ParameterClass> classes) {
        return classes.entrySet().stream()
                .filter(each -> each.getValue().decay() > 0)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Map<String, ParameterClass> classes(String family, OptimizerSettings settings) {
        try (Trainable trainable = GoldenCheckpoint.open(family)) {
            return classes(ParameterPlan.of(trainable.parameters(), settings));
        }
    }

    private static Map<String, ParameterClass> classes(ParameterPlan plan) {
        List<ParameterClass> each = plan.classes().entrySet().stream()
                .flatMap(entry -> IntStream.range(0, entry.getValue()).mapToObj(i -> entry.getKey()))
                .toList();
        return IntStream.range(0, plan.trained()).boxed().collect(Collectors.toMap(i -> name(plan, i), each::get));
    }

    private static String name(ParameterPlan plan, int index) {
        Parameter parameter = plan.order().get(index);
        return parameter.name();
    }
}
