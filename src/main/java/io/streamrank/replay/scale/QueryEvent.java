package io.streamrank.replay.scale;

import org.jspecify.annotations.Nullable;

/** What happens to a query: a list of it is ranked, or a document of it is judged. One of both is there. */
record QueryEvent(@Nullable RankedEvent ranked, JudgmentReader.@Nullable Judged judged) {}
