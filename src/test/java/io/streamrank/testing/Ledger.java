package io.streamrank.testing;

import io.streamrank.contract.BatchStatistics;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.SourcePosition;
import io.streamrank.testing.Answer.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds what came out against what was sent: exactly one answer for each event and none besides, each as it must be, in
 * its partition and its order, and statistics that add up to all of it. Thread-safe.
 */
public final class Ledger {
    private static final Comparator<SourcePosition> BY_POSITION =
            Comparator.comparing(SourcePosition::partition).thenComparing(SourcePosition::offset);

    private final Map<SourcePosition, Answer> expected = new HashMap<>();
    private final Map<SourcePosition, List<Answer>> answers = new HashMap<>();
    private final Map<TopicPartition, SourcePosition> last = new HashMap<>();
    private final List<String> misplaced = new ArrayList<>();
    private final Map<String, Long> counted = new TreeMap<>();

    /** That an event stands there, and what must become of it. */
    public synchronized void sent(SourcePosition position, Answer answer) {
        expected.put(position, answer);
    }

    /** That a committed record answers the event there; a partition's records in their order. */
    public synchronized void answered(TopicPartition where, SourcePosition source, Answer answer) {
        answers.computeIfAbsent(source, any -> new ArrayList<>(1)).add(answer);
        SourcePosition before = last.put(where, source);
        if (where.partition() != source.partition()) {
            misplaced.add(source + ": answered in another partition, " + where);
        } else if (before != null && before.offset() > source.offset()) {
            misplaced.add(source + ": out of order, answered after " + before + " in " + where);
        }
    }

    /** A ranking, as {@link #answered(TopicPartition, SourcePosition, Answer)}. */
    public void answered(TopicPartition where, Ranking ranking) {
        answered(where, ranking.source(), Answer.of(ranking));
    }

    /** A committed record of statistics. */
    public void counted(BatchStatistics statistics) {
        counted(statistics.requests(), statistics.expired(), statistics.pairs(), statistics.rejections());
    }

    /** What of it is held against the answers. */
    synchronized void counted(long requests, long expired, long pairs, Map<Reason, Integer> rejections) {
        counted.merge("requests", requests, Long::sum);
        counted.merge("expired", expired, Long::sum);
        counted.merge("pairs", pairs, Long::sum);
        rejections.forEach((reason, count) -> counted.merge(reason.word(), (long) count, Long::sum));
    }

    /** How many events were sent. */
    public synchronized int sentCount() {
        return expected.size();
    }

    /** How many different events have an answer. */
    public synchronized int answeredCount() {
        return answers.size();
    }

    /** Every event that did not get what it should, first those of low partitions and offsets; empty where all is well. */
    public synchronized List<String> offences() {
        List<String> offences = new ArrayList<>();
        expected.keySet().stream().sorted(BY_POSITION).forEach(position -> judge(position, offences));
        answers.keySet().stream()
                .filter(position -> !expected.containsKey(position))
                .sorted(BY_POSITION)
                .forEach(position -> offences.add(position + ": answered, but never sent: " + answers.get(position)));
        offences.addAll(misplaced);
        compareStatistics(offences);
        return offences;
    }

    /** What the answers add up to: requests, those expired of them, pairs, and dead letters by their reasons; no zeros. */
    public synchronized Map<String, Long> answered() {
        Map<String, Long> summed = new TreeMap<>();
        answers.values().stream().flatMap(List::stream).forEach(answer -> {
            if (answer.kind() == Kind.DEAD_LETTER) {
                summed.merge(answer.reason(), 1L, Long::sum);
            } else {
                summed.merge("requests", 1L, Long::sum);
                summed.merge("expired", answer.kind() == Kind.EXPIRED ? 1L : 0, Long::sum);
                summed.merge("pairs", (long) answer.pairs(), Long::sum);
            }
        });
        summed.values().removeIf(count -> count == 0);
        return summed;
    }

    private void judge(SourcePosition position, List<String> offences) {
        Answer wanted = expected.get(position);
        List<Answer> got = answers.getOrDefault(position, List.of());
        if (got.isEmpty()) {
            offences.add(position + ": lost, expected " + wanted);
        } else if (got.size() > 1) {
            offences.add(position + ": answered " + got.size() + " times, expected once " + wanted + ", got " + got);
        } else if (!wanted.isMetBy(got.get(0))) {
            offences.add(position + ": wrong answer, expected " + wanted + ", got " + got.get(0));
        }
    }

    private void compareStatistics(List<String> offences) {
        Map<String, Long> summed = answered();
        Map<String, Long> stated = new TreeMap<>(counted);
        stated.values().removeIf(count -> count == 0);
        if (!stated.equals(summed)) {
            offences.add("statistics say " + stated + ", the answers add up to " + summed);
        }
    }
}
