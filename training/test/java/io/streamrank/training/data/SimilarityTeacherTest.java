package io.streamrank.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.training.data.ListScorer.Unscored;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimilarityTeacherTest {
    private final List<String> read = new ArrayList<>();

    @Test
    void multipliesTheCosine() {
        SimilarityTeacher teacher = new SimilarityTeacher(this::vectors, 20, 1 << 20);

        List<float[]> scores = teacher.score(
                List.of(new Unscored("0", List.of("0", "60", "90")), new Unscored("90", List.of("90", "180"))));

        assertThat(scores.get(0)).usingComparatorWithPrecision(1e-4f).containsExactly(20, 10, 0);
        assertThat(scores.get(1)).usingComparatorWithPrecision(1e-4f).containsExactly(20, 0);
    }

    @Test
    void readsATextOnce() {
        SimilarityTeacher teacher = new SimilarityTeacher(this::vectors, 1, 1 << 20);

        teacher.score(List.of(new Unscored("0", List.of("60", "0")), new Unscored("60", List.of("0"))));
        teacher.score(List.of(new Unscored("0", List.of("60", "90"))));

        assertThat(read).containsExactly("0", "60", "90");
    }

    @Test
    void forgetsTheLeastUsedAndStillKnowsTheListsAtHand() {
        SimilarityTeacher teacher = new SimilarityTeacher(this::vectors, 1, 2 * 2 * Float.BYTES);

        assertThat(teacher.score(List.of(new Unscored("0", List.of("10", "20", "90"))))
                        .get(0)[2])
                .isCloseTo(0, within(1e-4f));
        read.clear();
        teacher.score(List.of(new Unscored("20", List.of("90"))));
        assertThat(read).isEmpty();
        teacher.score(List.of(new Unscored("0", List.of("90"))));
        assertThat(read).containsExactly("0");
    }

    @Test
    void refusesWhatIsNoNumber() {
        SimilarityTeacher teacher = new SimilarityTeacher(
                texts -> texts.stream().map(text -> new float[] {Float.NaN}).toList(), 1, 100);

        assertThatThrownBy(() -> teacher.score(List.of(new Unscored("why", List.of("because")))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'why'");
        assertThatThrownBy(() -> new SimilarityTeacher(this::vectors, 0)).hasMessageContaining("scale is 0.0");
    }

    /** A text is an angle in degrees. */
    private List<float[]> vectors(List<String> texts) {
        read.addAll(texts);
        return texts.stream()
                .map(text -> Math.toRadians(Double.parseDouble(text)))
                .map(angle -> new float[] {(float) Math.cos(angle), (float) Math.sin(angle)})
                .toList();
    }
}
