package io.streamrank.faults;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.EndTxnRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * What a proxy can tell of a request that comes by.
 *
 * @param client the client's {@code client.id}
 * @param correlation the number that its answer carries too
 * @param commits whether it asks to commit a transaction, or offsets without one
 */
record KafkaRequest(String client, int correlation, boolean commits) {
    private static final int MAX_FRAME_BYTES = 100 << 20;

    /** The next length-prefixed frame, without its length. */
    static byte[] readFrame(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_FRAME_BYTES) {
            throw new IOException("a frame of " + length + " bytes: not Kafka's protocol");
        }
        byte[] frame = new byte[length];
        in.readFully(frame);
        return frame;
    }

    /** Reads a request's header, and of the requests that end transactions the body too. */
    static KafkaRequest of(byte[] frame) {
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        RequestHeader header = RequestHeader.parse(buffer);
        boolean commits = header.apiKey() == ApiKeys.OFFSET_COMMIT
                || (header.apiKey() == ApiKeys.END_TXN
                        && EndTxnRequest.parse(new ByteBufferAccessor(buffer), header.apiVersion())
                                .data()
                                .committed());
        return new KafkaRequest(header.clientId() == null ? "" : header.clientId(), header.correlationId(), commits);
    }

    /** The correlation of an answer. */
    static int correlationOf(byte[] answer) {
        return ByteBuffer.wrap(answer).getInt();
    }
}
