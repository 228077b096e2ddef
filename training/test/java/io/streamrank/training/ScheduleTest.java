package io.streamrank.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void risesInEqualStepsAndFallsToNothing() {
        Schedule schedule = new Schedule(Schedule.Shape.LINEAR, 3, 11);

        assertThat(schedule.factor(0)).isEqualTo(0.25);
        assertThat(schedule.factor(2)).isEqualTo(0.75);
        assertThat(schedule.factor(3)).isEqualTo(1);
        assertThat(schedule.factor(7)).isEqualTo(0.5);
        assertThat(schedule.factor(10)).isEqualTo(0.125);
        assertThat(schedule.factor(11)).isZero();
        assertThat(schedule.factor(99)).isZero();
    }

    @Test
    void fallsLikeACosine() {
        Schedule schedule = new Schedule(Schedule.Shape.COSINE, 0, 4);

        assertThat(schedule.factor(0)).isEqualTo(1);
        assertThat(schedule.factor(1)).isCloseTo((1 + Math.sqrt(0.5)) / 2, within(1e-12));
        assertThat(schedule.factor(2)).isCloseTo(0.5, within(1e-12));
        assertThat(schedule.factor(4)).isCloseTo(0, within(1e-12));
    }

    @Test
    void staysWhereItIs() {
        assertThat(new Schedule(Schedule.Shape.CONSTANT, 1, 9).factor(8)).isEqualTo(1);
    }

    @Test
    void refusesMoreWarmUpThanSteps() {
        assertThatThrownBy(() -> new Schedule(Schedule.Shape.LINEAR, 5, 4))
                .hasMessageContaining("5 warm-up steps of 4");
    }
}
