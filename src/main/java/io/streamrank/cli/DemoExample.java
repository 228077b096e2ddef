package io.streamrank.cli;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.replay.Qrels;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One list to look at: the one whose first relevant document rose most, before and after. */
final class DemoExample {
    private static final int SHOWN = 3;
    private static final int WIDTH = 63;

    private final Terminal terminal;
    private final Qrels qrels;

    DemoExample(Terminal terminal, Qrels qrels) {
        this.terminal = terminal;
        this.qrels = qrels;
    }

    void print(Map<String, RerankRequest> requests, Collection<Ranking> rankings) {
        Optional<Ranking> best = rankings.stream()
                .filter(ranking -> rise(ranking) > 0)
                .max(Comparator.comparing((Ranking ranking) -> topIsRelevant(ranking))
                        .thenComparing(this::rise)
                        .thenComparing(Ranking::requestId));
        if (best.isEmpty()) {
            terminal.line("In none of these lists did a relevant passage rise.");
            return;
        }
        print(requireNonNull(requests.get(best.get().requestId())), best.get());
    }

    /** How many places the first relevant document of a ranking has risen; 0 where there is none. */
    int rise(Ranking ranking) {
        return ranking.candidates().stream()
                .filter(candidate -> isRelevant(ranking, candidate.id()))
                .findFirst()
                .map(candidate -> candidate.previousRank() - candidate.rank())
                .orElse(0);
    }

    private boolean topIsRelevant(Ranking ranking) {
        return isRelevant(ranking, ranking.candidates().get(0).id());
    }

    private boolean isRelevant(Ranking ranking, String documentId) {
        return qrels.judgments(requireNonNull(ranking.queryId())).getOrDefault(documentId, 0) > 0;
    }

    private void print(RerankRequest request, Ranking ranking) {
        String query = request.query().text();
        Map<String, String> texts =
                request.candidates().stream().collect(Collectors.toMap(Candidate::id, Candidate::text));
        List<RankedCandidate> after = ranking.candidates();
        List<RankedCandidate> before = after.stream()
                .sorted(Comparator.comparingInt(RankedCandidate::previousRank))
                .toList();
        terminal.line("@|bold Where it helped most|@ (* answers the question, by the sample's judgments)");
        terminal.raw("  " + query);
        terminal.line("");
        terminal.line("  was   now     as sent, the first %d", Math.min(SHOWN, before.size()));
        before.stream().limit(SHOWN).forEach(candidate -> print(ranking, candidate, texts, query));
        terminal.line("                reranked, the first %d", Math.min(SHOWN, after.size()));
        after.stream().limit(SHOWN).forEach(candidate -> print(ranking, candidate, texts, query));
    }

    private void print(Ranking ranking, RankedCandidate candidate, Map<String, String> texts, String query) {
        terminal.raw(String.format(
                "  %3d → %3d  %s  %s",
                candidate.previousRank(),
                candidate.rank(),
                isRelevant(ranking, candidate.id()) ? "*" : " ",
                Excerpt.of(requireNonNull(texts.get(candidate.id())), query, WIDTH)));
    }
}
