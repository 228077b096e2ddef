package io.streamrank.replay.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a test lists, one after the other; can be made to break off. */
final class ListedSource implements ListSource {
    private final List<Recorded> all;
    private int next;
    private int breaksAt = Integer.MAX_VALUE;

    ListedSource(List<Recorded> all, @Nullable JsonNode position) {
        this.all = List.copyOf(all);
        this.next = position == null ? 0 : position.path("next").intValue();
    }

    /** Makes it fail where it would give what stands there. */
    ListedSource breakingAt(int index) {
        breaksAt = index;
        return this;
    }

    @Override
    public @Nullable Recorded next() throws IOException {
        if (next == breaksAt) {
            throw new IOException("the source broke");
        }
        return next == all.size() ? null : all.get(next++);
    }

    @Override
    public ObjectNode position() {
        return new ObjectMapper().createObjectNode().put("next", next);
    }

    @Override
    public Optional<Double> fractionRead() {
        return Optional.of((double) next / Math.max(1, all.size()));
    }

    @Override
    public void close() {}
}
