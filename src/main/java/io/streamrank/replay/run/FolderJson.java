package io.streamrank.replay.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Reads JSON that stands in a folder's files: texts may be as long as lines are. */
public final class FolderJson {
    private FolderJson() {}

    /** One value a line, and nothing after it. */
    public static ObjectMapper mapper() {
        StreamReadConstraints constraints = StreamReadConstraints.builder()
                .maxStringLength(FolderNames.LINE_BYTES_MAX)
                .build();
        return new ObjectMapper(
                        JsonFactory.builder().streamReadConstraints(constraints).build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }
}
