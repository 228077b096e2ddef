package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RerankRequest;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import java.util.List;
import java.util.Optional;

/**
 * A portion of a source.
 *
 * @param lists those to be scored
 * @param unusable what is left out
 * @param read how much was read, whatever it was
 * @param notSampled lists that the sample leaves out
 * @param position where the source goes on afterwards
 * @param fraction which part of the source is read then, if that is known
 */
record Chunk(
        List<Listed> lists,
        List<Unusable> unusable,
        long read,
        long notSampled,
        ObjectNode position,
        Optional<Double> fraction) {
    Chunk {
        lists = List.copyOf(lists);
        unusable = List.copyOf(unusable);
    }

    /**
     * A list to be scored.
     *
     * @param live how it was ranked, if that is known
     * @param byModel as each model reads it
     */
    record Listed(CandidateEvent event, Optional<Ranking> live, List<RerankRequest> byModel) {
        Listed {
            byModel = List.copyOf(byModel);
        }
    }
}
