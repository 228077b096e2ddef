package io.streamrank.replay.scale;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a record of the topics read comes to: something happens to a query, or it is left out. One of both is there. */
record SourceEvent(@Nullable QueryEvent event, LeftOut.@Nullable Reason leftOut) {
    static SourceEvent of(RankedEvent ranked) {
        return new SourceEvent(new QueryEvent(ranked, null), null);
    }

    static SourceEvent of(JudgmentReader.Judged judged) {
        return new SourceEvent(new QueryEvent(null, judged), null);
    }

    /** What happens to queries: one event, or none. */
    List<QueryEvent> events() {
        return event == null ? List.of() : List.of(event);
    }

    static SourceEvent leftOut(LeftOut.Reason reason) {
        return new SourceEvent(null, reason);
    }
}
