package io.streamrank.replay.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.streamrank.replay.ListPlace;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which lists repeat a topic whose first list, by the order of {@link ListPlace}, is another one; in memory that does not
 * grow with them but for a bit each: topics become hashes in a file, which is read several times, each time for a part of
 * all hashes.
 */
final class RepeatedTopics {
    private static final int TOPICS_PER_PASS = 500_000;

    private final Path lists;
    private final Path hashes;
    private final int topicsPerPass;

    private record Hash(long high, long low) {}

    private record First(ListPlace place, int line) {}

    /**
     * @param lists a line a list
     * @param hashes a file to use meanwhile
     */
    RepeatedTopics(Path lists, Path hashes) {
        this(lists, hashes, TOPICS_PER_PASS);
    }

    RepeatedTopics(Path lists, Path hashes, int topicsPerPass) {
        this.lists = lists;
        this.hashes = hashes;
        this.topicsPerPass = topicsPerPass;
    }

    /** The lines of the lists that are not the first of their topic, counted from 0. */
    BitSet find() throws IOException {
        try {
            long count = write();
            int passes = (int) (count / topicsPerPass) + 1;
            BitSet repeated = new BitSet();
            for (int pass = 0; pass < passes; pass++) {
                read(count, pass, passes, repeated);
            }
            return repeated;
        } finally {
            Files.deleteIfExists(hashes);
        }
    }

    private long write() throws IOException {
        long count = 0;
        try (LineFile lines = new LineFile(lists);
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(hashes)))) {
            for (JsonNode list = lines.next(); list != null; list = lines.next()) {
                byte[] digest = QuerySample.sha256().digest(TrecName.topic(list).getBytes(UTF_8));
                out.write(digest, 0, 2 * Long.BYTES);
                out.writeLong(list.path("timestamp").asLong());
                out.writeInt(list.path("partition").asInt());
                out.writeLong(list.path("offset").asLong());
                count++;
            }
        }
        return count;
    }

    private static void add(Hash hash, First list, Map<Hash, First> firsts, BitSet repeated) {
        First known = firsts.putIfAbsent(hash, list);
        if (known != null && list.place().compareTo(known.place()) < 0) {
            firsts.put(hash, list);
            repeated.set(known.line());
        } else if (known != null) {
            repeated.set(list.line());
        }
    }

    private void read(long count, int pass, int passes, BitSet repeated) throws IOException {
        Map<Hash, First> firsts = new HashMap<>();
        byte[] bytes = new byte[4 * Long.BYTES + Integer.BYTES];
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(hashes)))) {
            for (long line = 0; line < count; line++) {
                in.readFully(bytes);
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                Hash hash = new Hash(buffer.getLong(), buffer.getLong());
                ListPlace place = new ListPlace(buffer.getLong(), "", buffer.getInt(), buffer.getLong());
                if (Math.floorMod(hash.low(), passes) == pass) {
                    add(hash, new First(place, Math.toIntExact(line)), firsts, repeated);
                }
            }
        }
    }
}
