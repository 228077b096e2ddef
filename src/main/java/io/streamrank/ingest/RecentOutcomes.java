package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.Rejection;
import io.streamrank.contract.RerankRequest;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the last rankings and dead letters that a worker has committed, for people to look at: in short, in memory, and
 * without a text of a query or document unless that is asked for. Thread-safe.
 */
public final class RecentOutcomes implements PipelineObserver {
    /** Of each ranking. */
    public static final int CANDIDATES_MAX = 20;

    /** Of each text, in characters. */
    public static final int TEXT_CHARS_MAX = 300;

    private static final int NAME_CHARS_MAX = 200;
    private static final int MESSAGE_CHARS_MAX = 1_000;

    private final int max;
    private final boolean texts;
    private final Clock clock;
    private final NewestFirst<RecentRanking> rankings;
    private final NewestFirst<RecentDeadLetter> deadLetters;
    private final Map<Rejection.Reason, Long> counts = new EnumMap<>(Rejection.Reason.class);

    /**
     * @param max the most rankings, and the most dead letters, that are kept; none for 0
     * @param maxBytes of memory that each of the two take at most, about
     * @param texts whether texts of queries and candidates are kept, cut to {@link #TEXT_CHARS_MAX}
     */
    public RecentOutcomes(int max, long maxBytes, boolean texts, Clock clock) {
        if (max < 0) {
            throw new IllegalArgumentException("the number of recent rankings must not be negative, not " + max);
        }
        this.max = max;
        this.texts = texts;
        this.clock = requireNonNull(clock, "clock");
        rankings = new NewestFirst<>(max, maxBytes, RecentRanking::bytes);
        deadLetters = new NewestFirst<>(max, maxBytes, RecentDeadLetter::bytes);
    }

    /** Whether texts are kept. */
    public boolean keepsTexts() {
        return texts;
    }

    /** The last rankings, expired requests included, newest first. */
    public synchronized List<RecentRanking> rankings(int limit) {
        return rankings.first(limit);
    }

    /** The last dead letters, newest first. */
    public synchronized List<RecentDeadLetter> deadLetters(int limit) {
        return deadLetters.first(limit);
    }

    /** All dead letters since the worker began, by reason; reasons that there were none for are left out. */
    public synchronized Map<Rejection.Reason, Long> deadLetterCounts() {
        return Map.copyOf(counts);
    }

    @Override
    public void outcomesCommitted(List<CommittedOutcome> outcomes) {
        Instant now = clock.instant();
        List<RecentRanking> answers = new ArrayList<>();
        List<RecentDeadLetter> letters = new ArrayList<>();
        Map<Rejection.Reason, Long> more = new EnumMap<>(Rejection.Reason.class);
        // From the last one on: what others would push out at once need not be made.
        for (int i = outcomes.size() - 1; i >= 0; i--) {
            CommittedOutcome outcome = outcomes.get(i);
            if (outcome instanceof CommittedOutcome.Letter letter) {
                more.merge(letter.rejection().reason(), 1L, Long::sum);
                if (letters.size() < max) {
                    letters.add(shortened(letter, now));
                }
            } else if (answers.size() < max) {
                answers.add(shortened((CommittedOutcome.Answer) outcome, now));
            }
        }
        Collections.reverse(answers);
        Collections.reverse(letters);
        keep(answers, letters, more);
    }

    private synchronized void keep(
            List<RecentRanking> answers, List<RecentDeadLetter> letters, Map<Rejection.Reason, Long> more) {
        answers.forEach(rankings::add);
        letters.forEach(deadLetters::add);
        more.forEach((reason, count) -> counts.merge(reason, count, Long::sum));
    }

    private RecentRanking shortened(CommittedOutcome.Answer answer, Instant now) {
        Ranking ranking = answer.ranking();
        return new RecentRanking(
                cut(ranking.requestId(), NAME_CHARS_MAX),
                Optional.ofNullable(ranking.queryId()).map(id -> cut(id, NAME_CHARS_MAX)),
                text(answer.request().query().text()),
                ranking.model(),
                ranking.outcome(),
                ranking.source(),
                now,
                ranking.timings(),
                ranking.candidates().stream()
                        .limit(CANDIDATES_MAX)
                        .map(candidate -> shortened(candidate, answer.request()))
                        .toList());
    }

    private RecentRanking.Candidate shortened(RankedCandidate candidate, RerankRequest request) {
        Candidate asked = request.candidates().get(candidate.previousRank() - 1);
        return new RecentRanking.Candidate(
                cut(candidate.id(), NAME_CHARS_MAX),
                candidate.score(),
                candidate.rank(),
                candidate.previousRank(),
                candidate.truncated(),
                text(asked.text()));
    }

    private static RecentDeadLetter shortened(CommittedOutcome.Letter letter, Instant now) {
        Rejection rejection = letter.rejection();
        return new RecentDeadLetter(
                rejection.reason(), cut(rejection.message(), MESSAGE_CHARS_MAX), letter.source(), now, letter.model());
    }

    private Optional<String> text(String text) {
        return texts ? Optional.of(cut(text, TEXT_CHARS_MAX)) : Optional.empty();
    }

    /** Never between the two halves of a character. */
    private static String cut(String text, int maxChars) {
        if (text.length() <= maxChars) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(maxChars - 1)) ? maxChars - 1 : maxChars;
        return text.substring(0, end) + "…";
    }
}
