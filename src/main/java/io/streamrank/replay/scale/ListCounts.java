package io.streamrank.replay.scale;

import io.streamrank.replay.scale.MeasureSums.Change;
import io.streamrank.replay.scale.MeasuresSettings.Contender;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Of how many lists is known who has ranked them.
 *
 * @param byAll which everybody has ranked
 * @param byAny which somebody has ranked
 * @param by how many each has ranked
 */
record ListCounts(long byAll, long byAny, Map<String, Long> by) {
    ListCounts {
        by = Map.copyOf(by);
    }

    /**
     * One more ranking of a list, as a change of sums.
     *
     * @param first whether nobody had ranked it before
     * @param last whether everybody has now
     */
    static Change ranked(List<Contender> contenders, String contender, boolean first, boolean last) {
        List<Double> counts = Stream.concat(
                        Stream.of(first ? 1.0 : 0),
                        contenders.stream().map(each -> each.name().equals(contender) ? 1.0 : 0))
                .toList();
        return new Change(last ? 1 : 0, List.of(), counts);
    }

    static ListCounts of(List<Contender> contenders, MeasureSums sums) {
        Map<String, Long> by = new LinkedHashMap<>();
        for (int i = 0; i < contenders.size(); i++) {
            by.put(contenders.get(i).name(), count(sums, i + 1));
        }
        return new ListCounts(sums.count(), count(sums, 0), by);
    }

    private static long count(MeasureSums sums, int index) {
        return index < sums.sums().size() ? sums.sums().get(index).longValueExact() : 0;
    }
}
