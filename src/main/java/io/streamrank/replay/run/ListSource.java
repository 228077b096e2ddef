package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.Ranking;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Recorded candidate lists in an order of their own, the same each time they are read. For one thread. */
public interface ListSource extends AutoCloseable {
    /**
     * What comes next; null after the last.
     *
     * @throws IOException if the source itself is broken, rather than something in it
     */
    @Nullable Recorded next() throws IOException, InterruptedException;

    /** How the list that came last was ranked when it was live; empty where that is not known. */
    default Optional<Ranking> live() throws InterruptedException {
        return Optional.empty();
    }

    /** Where to go on after what came last. */
    ObjectNode position();

    /** Which part has been read, from 0 to 1; empty where that is not known. */
    Optional<Double> fractionRead();

    @Override
    void close() throws IOException;
}
