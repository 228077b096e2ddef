package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.SourcePosition;
import io.streamrank.replay.CandidateList;
import io.streamrank.replay.CandidateLists;
import io.streamrank.replay.run.Recorded.CandidateEvent;
import io.streamrank.replay.run.Recorded.Unusable;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A run's lists, in its order of queries. Holds the texts it names, as {@link CandidateLists} does. */
public final class RunSource implements ListSource {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CandidateLists lists;
    private final String name;
    private final RequestAcceptance acceptance;
    private final Iterator<CandidateList> iterator;
    private long read;

    /**
     * Opens it at its beginning, or where {@link #position} was.
     *
     * @param name what places in it are called by
     * @param position absent for the beginning
     */
    public RunSource(CandidateLists lists, String name, RequestAcceptance acceptance, @Nullable JsonNode position) {
        this.lists = lists;
        this.name = name;
        this.acceptance = acceptance;
        this.iterator = lists.iterator();
        long done = position == null ? 0 : position.path("lists").asLong();
        while (read < done && iterator.hasNext()) {
            iterator.next();
            read++;
        }
    }

    @Override
    public @Nullable Recorded next() {
        if (!iterator.hasNext()) {
            return null;
        }
        CandidateList list = iterator.next();
        read++;
        SourcePosition source = new SourcePosition(name, 0, read);
        String queryId = String.valueOf(list.query().id());
        RerankRequest request = new RerankRequest(queryId, list.query(), list.candidates(), null, null, null, Map.of());
        try {
            acceptance.require(request);
            return new CandidateEvent(source, null, Optional.empty(), request);
        } catch (RejectedException e) {
            return Unusable.of(source, e.rejection());
        }
    }

    /** {@code {"lists": 17}}: how many were read. */
    @Override
    public ObjectNode position() {
        return JSON.createObjectNode().put("lists", read);
    }

    @Override
    public Optional<Double> fractionRead() {
        return Optional.of(lists.size() == 0 ? 1.0 : (double) read / lists.size());
    }

    @Override
    public void close() {}
}
