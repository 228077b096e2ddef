package io.streamrank.faults;

import io.streamrank.contract.Candidate;
import io.streamrank.contract.Query;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.testing.Answer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random queries with candidates, the same for the same seed, scored here as the workers must score them.
 */
final class KnownRankings {
    private static final int COUNT = 256;
    private static final int MAX_CANDIDATES = 5;
    private static final int MAX_WORDS = 8;
    private static final List<String> WORDS =
            List.of("cells", "protein", "rain", "the", "of", "lima", "capital", "river", "blue", "seven", "why", "is");

    private final List<Known> known = new ArrayList<>();

    /** @param reranker scores as the workers must */
    KnownRankings(Reranker reranker, Random random) {
        for (int i = 0; i < COUNT; i++) {
            known.add(known(reranker, random));
        }
    }

    /** What worker processes score with; the caller closes it. */
    static Reranker likeWorkerProcesses() {
        ModelSettings settings =
                ModelSettings.defaults().withDevice("cpu").withDtype("float32").withThreads(1);
        return Rerankers.load(Path.of(WorkerProcess.CHECKPOINT), "known", settings);
    }

    private record Known(Query query, List<Candidate> candidates, List<Float> scores) {}

    /** A request and what must become of it. */
    record Asked(RerankRequest request, Answer answer) {}

    private static Known known(Reranker reranker, Random random) {
        Query query = new Query(null, words(random) + "?");
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 1 + random.nextInt(MAX_CANDIDATES); i > 0; i--) {
            candidates.add(new Candidate("d" + candidates.size(), words(random) + random.nextInt(10), null));
        }
        List<String> texts = candidates.stream().map(Candidate::text).toList();
        List<Float> scores = new ArrayList<>();
        for (float score : reranker.score(reranker.encode(query.text(), texts))) {
            scores.add(score);
        }
        return new Known(query, candidates, List.copyOf(scores));
    }

    /** One of them, as a request of this id. */
    Asked ask(String requestId, Random random) {
        Known one = known.get(random.nextInt(COUNT));
        RerankRequest request = request(requestId, one, null);
        return new Asked(request, Answer.ranked(request, one.scores()));
    }

    /** One of them, too late to be ranked. */
    Asked askTooLate(String requestId, Random random) {
        RerankRequest request = request(requestId, known.get(random.nextInt(COUNT)), Instant.EPOCH);
        return new Asked(request, Answer.expired(request));
    }

    private static RerankRequest request(String requestId, Known one, @Nullable Instant deadline) {
        return new RerankRequest(requestId, one.query(), one.candidates(), null, null, deadline, Map.of());
    }

    private static String words(Random random) {
        StringBuilder text = new StringBuilder();
        int count = 1 + random.nextInt(MAX_WORDS);
        for (int i = 0; i < count; i++) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return text.toString();
    }
}
