package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.model.Arithmetic;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.model.Trainable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each loss against the same written out in Java, on the scores that serving gives, and its gradient. */
class LossTest {
    private static final LossSettings NONE = LossSettings.defaults();

    static Stream<Arguments> losses() {
        return Stream.of(
                Arguments.of("softmax", NONE),
                Arguments.of("kl", NONE.withKl(1, 2).withSoftmax(0)),
                Arguments.of("margin", NONE.withMargin(1).withSoftmax(0)),
                Arguments.of("lambda", NONE.withLambda(1, 10).withSoftmax(0)),
                Arguments.of("pointwise", NONE.withPointwise(1).withSoftmax(0)),
                Arguments.of("sum", NONE.withSoftmax(0.5).withKl(2, 1).withMargin(0.25)));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void isWhatTheFormulaGivesForTheScoresOfServing(String name, LossSettings loss) {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact().withLoss(loss));
                Reranker reranker = Rerankers.load(
                        GoldenCheckpoint.folder("bert"),
                        "bert",
                        ModelSettings.defaults()
                                .withDevice("cpu")
                                .withDtype("float32")
                                .withThreads(1))) {
            List<Group> batch = graded(learner);

            double expected = batch.stream()
                    .mapToDouble(group -> Formulas.of(loss, group, widened(reranker.score(group.pairs()))))
                    .average()
                    .orElseThrow();

            assertThat(learner.loss(batch)).as(name).isCloseTo(expected, within(1e-5 * Math.max(1, expected)));
            learner.accumulate(batch);
            assertThat(learner.step(1e-5).loss()).isCloseTo(expected, within(1e-5 * Math.max(1, expected)));
        }
    }

    @ParameterizedTest
    @MethodSource("losses")
    void hasTheSlopeOfTheFormula(String name, LossSettings loss) {
        LearnerSettings settings =
                GoldenCheckpoint.exact().withDevice("cpu", Arithmetic.FLOAT64).withLoss(loss);
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, settings)) {
            int score = learner.parameters().stream()
                    .map(parameter -> parameter.name())
                    .toList()
                    .indexOf("head.score.weight");
            List<Group> batch = graded(learner);
            learner.accumulate(batch);
            double[] gradient = learner.getWide(Learner.Table.GRADIENTS, score);
            double[] weight = learner.getWide(Learner.Table.WEIGHTS, score);
            for (int i = 0; i < weight.length; i += 7) {
                double[] moved = weight.clone();
                moved[i] += 1e-6;
                learner.putWide(Learner.Table.WEIGHTS, score, moved);
                double up = learner.loss(batch);
                moved[i] -= 2e-6;
                learner.putWide(Learner.Table.WEIGHTS, score, moved);
                double slope = (up - learner.loss(batch)) / 2e-6;
                learner.putWide(Learner.Table.WEIGHTS, score, weight);

                assertThat(gradient[i]).as(name).isCloseTo(slope, within(1e-7 + 1e-6 * Math.abs(slope)));
            }
        }
    }

    @Test
    void refusesGroupsItCanSayNothingAbout() {
        try (Trainable trainable = GoldenCheckpoint.open("bert");
                Learner learner = Learner.of(trainable, GoldenCheckpoint.exact().withLoss(NONE.withKl(1, 1)))) {
            Example untaught = new Example("river", List.of(new Passage("stone", 1), new Passage("moon", 0)));
            Example irrelevant = new Example("river", List.of(new Passage("stone", 0, 1), new Passage("moon", 0, 2)));

            assertThatThrownBy(() -> learner.accumulate(List.of(learner.encode(untaught))))
                    .hasMessageContaining("no teacher scored");
            assertThatThrownBy(() -> learner.accumulate(List.of(learner.encode(irrelevant))))
                    .hasMessageContaining("without a relevant document");
        }
    }

    /** Labels of several grades and groups of several sizes. */
    private static List<Group> graded(Learner learner) {
        Random random = new Random(8);
        List<Group> groups = new ArrayList<>();
        for (Example example : GoldenCheckpoint.examples(5, 4, 5)) {
            List<Passage> passages = new ArrayList<>();
            for (Passage passage : example.passages()) {
                passages.add(
                        new Passage(passage.text(), passages.isEmpty() ? 3 : random.nextInt(3), passage.teacher()));
            }
            groups.add(learner.encode(new Example(example.query(), passages)));
        }
        return groups;
    }

    private static double[] widened(float[] scores) {
        double[] wide = new double[scores.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = scores[i];
        }
        return wide;
    }

    /** The losses from their papers, one document at a time. */
    private static final class Formulas {
        static double of(LossSettings loss, Group group, double[] s) {
            double total = 0;
            total += loss.softmax() == 0 ? 0 : loss.softmax() * softmax(s, group.labels());
            total += loss.kl() == 0 ? 0 : loss.kl() * kl(s, group.teacher(), loss.temperature());
            total += loss.margin() == 0 ? 0 : loss.margin() * margin(s, group.labels(), group.teacher());
            total += loss.lambda() == 0 ? 0 : loss.lambda() * lambda(s, group.labels(), loss.lambdaMu());
            total += loss.pointwise() == 0 ? 0 : loss.pointwise() * pointwise(s, group.labels());
            return total;
        }

        static double softmax(double[] s, float[] labels) {
            double partition = 0;
            double all = 0;
            for (int i = 0; i < s.length; i++) {
                partition += Math.exp(s[i]);
                all += labels[i];
            }
            double loss = 0;
            for (int i = 0; i < s.length; i++) {
                loss -= labels[i] / all * Math.log(Math.exp(s[i]) / partition);
            }
            return loss;
        }

        static double kl(double[] s, float[] teacher, double temperature) {
            double ours = 0;
            double theirs = 0;
            for (int i = 0; i < s.length; i++) {
                ours += Math.exp(s[i] / temperature);
                theirs += Math.exp(teacher[i] / temperature);
            }
            double loss = 0;
            for (int i = 0; i < s.length; i++) {
                double p = Math.exp(teacher[i] / temperature) / theirs;
                loss += p * Math.log(p / (Math.exp(s[i] / temperature) / ours));
            }
            return loss * temperature * temperature;
        }

        static double margin(double[] s, float[] labels, float[] teacher) {
            double loss = 0;
            int pairs = 0;
            for (int i = 0; i < s.length; i++) {
                for (int j = 0; j < s.length; j++) {
                    if (labels[i] > labels[j]) {
                        pairs++;
                        loss += Math.pow(s[i] - s[j] - (teacher[i] - (double) teacher[j]), 2);
                    }
                }
            }
            return loss / pairs;
        }

        static double lambda(double[] s, float[] labels, double mu) {
            double ideal = 0;
            for (int i = 0; i < s.length; i++) {
                int place = 1;
                for (int j = 0; j < s.length; j++) {
                    place += labels[j] > labels[i] || (labels[j] == labels[i] && j < i) ? 1 : 0;
                }
                ideal += gain(labels[i]) / log2(1 + place);
            }
            double loss = 0;
            for (int i = 0; i < s.length; i++) {
                for (int j = 0; j < s.length; j++) {
                    if (labels[i] > labels[j]) {
                        int apart = Math.abs(rank(s, i) - rank(s, j));
                        double rho = Math.abs(1 / log2(1 + rank(s, i)) - 1 / log2(1 + rank(s, j)));
                        double delta = Math.abs(1 / log2(1 + apart) - 1 / log2(2 + apart));
                        double gains = Math.abs(gain(labels[i]) - gain(labels[j])) / ideal;
                        loss += (rho + mu * delta) * gains * log2(1 + Math.exp(s[j] - s[i]));
                    }
                }
            }
            return loss;
        }

        static double pointwise(double[] s, float[] labels) {
            double loss = 0;
            for (int i = 0; i < s.length; i++) {
                double p = 1 / (1 + Math.exp(-s[i]));
                double y = Math.min(1, labels[i]);
                loss -= y * Math.log(p) + (1 - y) * Math.log(1 - p);
            }
            return loss / s.length;
        }

        private static int rank(double[] s, int of) {
            int rank = 1;
            for (double other : s) {
                rank += other > s[of] ? 1 : 0;
            }
            return rank;
        }

        private static double gain(double label) {
            return Math.pow(2, label) - 1;
        }

        private static double log2(double x) {
            return Math.log(x) / Math.log(2);
        }
    }
}
