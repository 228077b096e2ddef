package io.streamrank.cli;

import io.streamrank.contract.Ranking;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Gathers the answers to the demo's lists until each has one: a ranking, or a place among the dead letters. */
final class DemoAnswers {
    private final Terminal terminal;
    private final DemoTally tally;

    DemoAnswers(Terminal terminal, DemoTally tally) {
        this.terminal = terminal;
        this.tally = tally;
    }

    /**
     * Reads until nothing is left to wait for.
     *
     * @param expected how many lists were sent
     * @param source what was ranked since it was last asked; waits a moment if there is nothing
     * @return rankings by request id: fewer than expected, where lists became dead letters
     * @throws IllegalStateException if a list is answered twice
     */
    Map<String, Ranking> collect(int expected, Supplier<List<Ranking>> source) {
        Map<String, Ranking> rankings = new HashMap<>();
        while (rankings.size() + tally.deadLetters() < expected) {
            for (Ranking ranking : source.get()) {
                if (rankings.put(ranking.requestId(), ranking) != null) {
                    throw new IllegalStateException(
                            "two answers to " + ranking.requestId() + ": exactly once is broken");
                }
            }
            terminal.progress(
                    "  ranking  %,d of %,d lists, %,d pairs, %.0f pairs/s",
                    rankings.size(), expected, tally.pairs(), tally.pairsPerSecond());
        }
        return rankings;
    }
}
