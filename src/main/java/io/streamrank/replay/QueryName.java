package io.streamrank.replay;

import org.jspecify.annotations.Nullable;

/** What the query of a list is called in runs, judgments and reports. */
public final class QueryName {
    private QueryName() {}

    /** Its id; where that is missing or blank the request's id, where that is blank too the place of the list. */
    public static String of(@Nullable String queryId, String requestId, ListPlace place) {
        if (queryId != null && !queryId.isBlank()) {
            return queryId;
        }
        return requestId.isBlank() ? place.toString() : requestId;
    }
}
