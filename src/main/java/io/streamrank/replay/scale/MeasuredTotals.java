package io.streamrank.replay.scale;

import io.streamrank.replay.ExactMean;
import io.streamrank.replay.scale.LeftOut.Reason;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the topic of totals tells of an application.
 *
 * @param lists how many lists everybody has ranked
 * @param listsByAny how many somebody has ranked
 * @param listsBy how many each contender has ranked
 * @param leftOut how many records were left out, by the reason's word
 * @param means of each contender whose rankings counted for a query once
 */
public record MeasuredTotals(
        long lists, long listsByAny, Map<String, Long> listsBy, Map<String, Long> leftOut, Map<String, Means> means) {
    public MeasuredTotals {
        listsBy = Map.copyOf(listsBy);
        leftOut = Map.copyOf(leftOut);
        means = Map.copyOf(means);
    }

    /**
     * A contender's means.
     *
     * @param queries over how many queries
     * @param values one a measure; NaN where there is no query
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Means(long queries, double[] values) {}

    /** How many records were left out for a reason. */
    public long leftOut(Reason reason) {
        return leftOut.getOrDefault(reason.word(), 0L);
    }

    /**
     * Of the lists that somebody has ranked and not everybody, how many each contender lacks; without those who lack
     * none.
     */
    public Map<String, Long> lacking(List<String> contenders) {
        Map<String, Long> lacking = new LinkedHashMap<>();
        for (String contender : contenders) {
            long lacks = listsByAny - listsBy.getOrDefault(contender, 0L);
            if (lacks > 0) {
                lacking.put(contender, lacks);
            }
        }
        return lacking;
    }

    /**
     * Whether these are the totals of these queries: what one topic has lost, or tells already and the other not yet,
     * shows.
     *
     * @return what differs; empty where nothing does
     */
    String difference(Collection<MeasuredQuery> queries, Collection<String> contenders) {
        for (String contender : contenders) {
            List<double[]> own = queries.stream()
                    .filter(query -> query.values().containsKey(contender))
                    .map(query -> query.values().getOrDefault(contender, new double[0]))
                    .toList();
            Means told = means.getOrDefault(contender, new Means(0, new double[0]));
            if (told.queries() != own.size()) {
                return "of " + contender + " the totals count " + told.queries() + " queries, and values are there of "
                        + own.size();
            }
            for (int i = 0; i < told.values().length && told.queries() > 0; i++) {
                int index = i;
                double mean = ExactMean.of(
                        own.stream().mapToDouble(values -> values[index]).toArray());
                if (mean != told.values()[i]) {
                    return "of " + contender + " the totals have a mean of " + told.values()[i]
                            + " of a measure, and the values of " + own.size() + " queries one of " + mean;
                }
            }
        }
        return "";
    }

    /** Adds up what records tell. */
    static final class Sum {
        private long byAll;
        private long byAny;
        private final Map<String, Long> by = new HashMap<>();
        private final Map<String, Long> leftOut = new HashMap<>();
        private final Map<String, Means> means = new HashMap<>();

        void add(ListCounts counts) {
            byAll += counts.byAll();
            byAny += counts.byAny();
            counts.by().forEach((name, lists) -> by.merge(name, lists, Long::sum));
        }

        void leftOut(String reason, long records) {
            leftOut.merge(reason, records, Long::sum);
        }

        void add(String contender, Means told) {
            means.put(contender, told);
        }

        MeasuredTotals total() {
            return new MeasuredTotals(byAll, byAny, by, leftOut, means);
        }
    }
}
