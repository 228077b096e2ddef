package io.streamrank.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.model.StateCache.Entry;
import io.streamrank.model.StateCache.Prefix;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StateCacheTest {
    private static final long ROW_BYTES = 10;

    private final StateCache cache = new StateCache(6, ROW_BYTES);

    @Test
    void knowsPrefixesByTheirIdsAlone() {
        remember(1, 2);

        assertThat(cache.holds(prefix(1))).isTrue();
        assertThat(cache.holds(new Prefix(new EncodedPair(new int[] {1, 101, 9, 9}, new int[0], true, 2))))
                .isTrue();
        assertThat(cache.holds(new Prefix(new EncodedPair(new int[] {1, 101, 9, 9}, new int[0], true, 3))))
                .isFalse();
        assertThat(cache.holds(prefix(2))).isFalse();
    }

    @Test
    void givesUpWhatWasNotUsedForLongest() {
        remember(1, 2);
        remember(2, 2);
        remember(3, 2);
        cache.unpin(requireNonNull(cache.pin(prefix(1))));

        remember(4, 2);

        assertThat(cache.holds(prefix(2))).isFalse();
        assertThat(cache.holds(prefix(1))).isTrue();
        assertThat(cache.statistics()).isEqualTo(new CacheStatistics(0, 0, 1, 6 * ROW_BYTES));
    }

    @Test
    void neverGivesUpWhatIsPinned() {
        assertThat(cache.reserve(prefix(1), 3)).isNotNull();
        remember(2, 3);

        assertThat(cache.reserve(prefix(3), 4)).isNull();
        assertThat(cache.holds(prefix(2))).as("nothing is given up in vain").isTrue();
        assertThat(cache.reserve(prefix(3), 3)).isNotNull();
        assertThat(cache.holds(prefix(1))).isTrue();
    }

    @Test
    void forgetsWhatCouldNotBeFilled() {
        assertThat(cache.reserve(prefix(1), 6)).isNotNull();
        cache.forget(prefix(1));

        assertThat(cache.holds(prefix(1))).isFalse();
        assertThat(cache.reserve(prefix(2), 6)).isNotNull();
        assertThat(cache.statistics().evictions()).isZero();
    }

    @Test
    void givesNoRowTwice() {
        StateCache large = new StateCache(50, ROW_BYTES);
        Random random = new Random(5);
        Map<Integer, Entry> held = new HashMap<>();
        for (int step = 0; step < 2_000; step++) {
            int document = random.nextInt(30);
            Entry entry = large.pin(prefix(document));
            if (entry == null) {
                entry = large.reserve(prefix(document), 1 + random.nextInt(9));
            }
            if (entry == null) {
                held.values().forEach(large::unpin);
                held.clear();
                continue;
            }
            held.put(document, entry);
            Set<Integer> rows = new HashSet<>();
            held.values().forEach(each -> {
                for (int row : each.rows()) {
                    assertThat(rows.add(row)).as("row %s", row).isTrue();
                    assertThat(row).isBetween(0, 49);
                }
            });
        }
        assertThat(large.statistics().evictions()).isPositive();
    }

    @Test
    void clearsItsBooks() {
        remember(1, 4);
        cache.count(3, 1);
        cache.clear();

        assertThat(cache.statistics()).isEqualTo(CacheStatistics.NONE);
        assertThat(cache.reserve(prefix(2), 6)).isNotNull();
    }

    private void remember(int document, int rows) {
        cache.unpin(requireNonNull(cache.reserve(prefix(document), rows)));
    }

    private static Prefix prefix(int document) {
        return new Prefix(new EncodedPair(new int[] {document, 100 + document, 7}, new int[0], false, 2));
    }
}
