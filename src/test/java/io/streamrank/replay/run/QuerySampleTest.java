package io.streamrank.replay.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class QuerySampleTest {
    /** SHA-256 of "abc" begins with ba7816bf: as a fraction of 1 it is 0.72839… */
    @Test
    void isStable() {
        assertThat(new QuerySample(0.72839).holds("abc")).isFalse();
        assertThat(new QuerySample(0.7284).holds("abc")).isTrue();
    }

    @Test
    void aSmallerPartLiesWithinALargerOne() {
        int small = 0;
        for (int i = 0; i < 10_000; i++) {
            String query = "query " + i;
            if (new QuerySample(0.1).holds(query)) {
                small++;
                assertThat(new QuerySample(0.3).holds(query)).isTrue();
            }
        }
        assertThat(small).isBetween(900, 1100);
    }

    @Test
    void takesAPartOnly() {
        assertThat(QuerySample.ALL.holds("any")).isTrue();
        for (double part : new double[] {0, -0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> new QuerySample(part)).hasMessageContaining("a part above 0 and up to 1");
        }
    }
}
