package io.streamrank.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Judgment;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LatestGradesTest {
    private final LatestGrades grades = new LatestGrades();

    @Test
    void theLatestCountsInWhateverOrderTheyCome() {
        grades.add(judgment("d1", 2, 20));
        grades.add(judgment("d1", 1, 10));
        grades.add(judgment("d2", 1, 10));
        grades.add(judgment("d2", 3, 20));

        assertThat(grades.qrels().judgments("q")).isEqualTo(Map.of("d1", 2, "d2", 3));
        assertThat(grades.events()).isEqualTo(4);
    }

    @Test
    void ofEqualTimesTheOneThatCameLaterCounts() {
        grades.add(judgment("d", 2, 10));
        grades.add(judgment("d", 1, 10));

        assertThat(grades.qrels().judgments("q")).isEqualTo(Map.of("d", 1));
    }

    @Test
    void anAbsentGradeWithdrawsWhatWasJudgedUntilThen() {
        grades.add(judgment("d1", 2, 10));
        grades.add(judgment("d1", null, 20));
        grades.add(judgment("d2", null, 10));
        grades.add(judgment("d2", 1, 20));

        assertThat(grades.qrels().judgments("q")).isEqualTo(Map.of("d2", 1));
    }

    @Test
    void aTombstoneWithdrawsAsOfItsTime() {
        grades.add(judgment("d1", 2, 10));
        grades.withdraw("q", "d1", Instant.ofEpochMilli(20));
        grades.add(judgment("d2", 2, 30));
        grades.withdraw("q", "d2", Instant.ofEpochMilli(20));

        assertThat(grades.qrels().judgments("q")).isEqualTo(Map.of("d2", 2));
    }

    @Test
    void aQueryWithoutAnyGradeLeftIsNotJudged() {
        grades.add(judgment("d", 2, 10));
        grades.add(judgment("d", null, 20));

        assertThat(grades.qrels().queries()).isEmpty();
    }

    private static Judgment judgment(String document, @Nullable Integer grade, long millis) {
        return new Judgment("q", document, grade, Instant.ofEpochMilli(millis), null);
    }
}
