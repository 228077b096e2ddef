package io.streamrank.replay.scale;

import io.streamrank.contract.ModelRef;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.Ranking;
import io.streamrank.replay.TrecRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a model made of a list of a query.
 *
 * @param topic where the list stood
 * @param documents ids, in the order in which trec_eval would rank them
 */
record RankedQuery(ModelKey model, String topic, int partition, long offset, List<String> documents) {
    RankedQuery {
        documents = List.copyOf(documents);
    }

    /** A model, by name and checkpoint. */
    record ModelKey(String id, String revision) {
        static ModelKey of(ModelRef model) {
            return new ModelKey(model.id(), model.revision());
        }

        /** As one word. */
        String word() {
            return id + "@" + revision;
        }
    }

    static RankedQuery of(Ranking ranking) {
        List<TrecRun.Entry> entries = new ArrayList<>(ranking.candidates().size());
        for (RankedCandidate candidate : ranking.candidates()) {
            entries.add(new TrecRun.Entry(candidate.id(), candidate.score()));
        }
        return new RankedQuery(
                ModelKey.of(ranking.model()),
                ranking.source().topic(),
                ranking.source().partition(),
                ranking.source().offset(),
                TrecRun.of("", Map.of("", entries)).ranking("").stream()
                        .map(TrecRun.Entry::documentId)
                        .toList());
    }

    /** What the list is called by judgments: its query's id, or its own where the query has none. */
    static String query(Ranking ranking) {
        String queryId = ranking.queryId();
        return queryId == null ? ranking.requestId() : queryId;
    }

    /** Whether this list counts, where the query came in both: the first of a partition does. */
    boolean isBefore(RankedQuery other) {
        return partition != other.partition ? partition < other.partition : offset < other.offset;
    }
}
