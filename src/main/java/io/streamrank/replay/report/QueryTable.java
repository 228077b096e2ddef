package io.streamrank.replay.report;

import static java.util.Objects.requireNonNull;

import io.streamrank.replay.ExactMean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What each contender's ranking of each query is worth by each measure. A query that comes again counts once, by its first
 * list, as it does in the runs that a replay writes. Values that are not there are NaN.
 *
 * <p>Live rankings may lack the lower ranks, as requests ask for the best few; replayed ones are whole. So of each ranking
 * there are two values where the live one is known: of all of it, and of as many ranks as the live one has. Who is compared
 * with the live ranking is so by the latter.
 */
final class QueryTable {
    private final List<String> measures;
    private final Map<String, List<DoubleList>> whole = new LinkedHashMap<>();
    private final Map<String, List<DoubleList>> atLiveDepth = new LinkedHashMap<>();
    private final List<String> queries = new ArrayList<>();
    private final List<Integer> lists = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    QueryTable(List<Contender> contenders, List<String> measures) {
        this.measures = measures;
        boolean live =
                contenders.stream().anyMatch(contender -> contender.name().equals(Contender.LIVE));
        for (Contender contender : contenders) {
            whole.put(contender.name(), columns(measures));
            if (live) {
                atLiveDepth.put(contender.name(), columns(measures));
            }
        }
    }

    private static List<DoubleList> columns(List<String> measures) {
        return measures.stream().map(measure -> new DoubleList()).toList();
    }

    /**
     * Takes a query's values in, by contender and measure.
     *
     * @param byContender of whole rankings
     * @param cut of as many ranks as the live ranking has; empty where there is none
     */
    void add(String query, int list, Map<String, double[]> byContender, Map<String, double[]> cut) {
        if (!names.add(query)) {
            throw new IllegalArgumentException("query " + query + " is there twice");
        }
        queries.add(query);
        lists.add(list);
        add(whole, byContender);
        add(atLiveDepth, cut);
    }

    private static void add(Map<String, List<DoubleList>> values, Map<String, double[]> byContender) {
        values.forEach((contender, columns) -> {
            double[] row = byContender.get(contender);
            for (int i = 0; i < columns.size(); i++) {
                columns.get(i).add(row == null ? Double.NaN : row[i]);
            }
        });
    }

    boolean has(String query) {
        return names.contains(query);
    }

    /** How many queries there are. */
    int rows() {
        return queries.size();
    }

    List<String> measures() {
        return measures;
    }

    String query(int row) {
        return queries.get(row);
    }

    /** Which list the row is of; -1 where the replay has none. */
    int list(int row) {
        return lists.get(row);
    }

    /** Of a whole ranking. */
    double value(String contender, int measure, int row) {
        return columns(contender, Set.of()).get(measure).get(row);
    }

    /** As it is to be compared with others. */
    double value(String contender, Set<String> others, int measure, int row) {
        return columns(contender, others).get(measure).get(row);
    }

    /** The rows in which a contender has values, by the queries' names: resamples are not to hang on the lists' order. */
    int[] present(String contender) {
        return presentInAll(Set.of(contender));
    }

    /** The rows in which several contenders have values, in the same order. */
    int[] presentInAll(Set<String> contenders) {
        return IntStream.range(0, rows())
                .filter(row -> contenders.stream().noneMatch(name -> Double.isNaN(value(name, 0, row))))
                .boxed()
                .sorted(Comparator.comparing(queries::get))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * A contender's mean over some rows; NaN over none, and by a measure that is not there.
     *
     * @param others whom it is to be compared with
     */
    double mean(String contender, Set<String> others, String measure, int[] chosen) {
        int column = measures.indexOf(measure);
        return column < 0
                ? Double.NaN
                : ExactMean.of(Arrays.stream(chosen)
                        .mapToDouble(row -> value(contender, others, column, row))
                        .toArray());
    }

    /**
     * A contender's values in some rows: a row each, a column for each measure.
     *
     * @param others whom it is to be compared with
     */
    double[][] values(String contender, Set<String> others, int[] chosen) {
        List<DoubleList> columns = columns(contender, others);
        double[][] table = new double[chosen.length][columns.size()];
        for (int i = 0; i < chosen.length; i++) {
            for (int j = 0; j < columns.size(); j++) {
                table[i][j] = columns.get(j).get(chosen[i]);
            }
        }
        return table;
    }

    private List<DoubleList> columns(String contender, Set<String> others) {
        return requireNonNull((others.contains(Contender.LIVE) ? atLiveDepth : whole).get(contender), contender);
    }
}
