package io.streamrank.training.run;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/** A file that TensorBoard shows: {@code Event} messages of tensorflow/core/util/event.proto with scalars. */
final class EventFile implements Closeable {
    private static final String FILE_VERSION = "brain.Event:2";

    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final int SESSION_STATUS = 1;
    private static final int SESSION_START = 1;

    private final RecordFile records;
    private final InstantSource clock;

    private EventFile(RecordFile records, InstantSource clock) {
        this.records = records;
        this.clock = clock;
    }

    /** Begins the first file of a folder. */
    static EventFile create(Path folder, InstantSource clock) throws IOException {
        EventFile file = new EventFile(RecordFile.create(free(folder, clock)), clock);
        file.write(file.event(0).string(EVENT_FILE_VERSION, FILE_VERSION));
        file.records.flush();
        return file;
    }

    /**
     * Begins another file of a folder.
     *
     * @param step the first that comes again: TensorBoard drops what earlier files say of it and of later ones
     */
    static EventFile goOn(Path folder, InstantSource clock, long step) throws IOException {
        EventFile file = create(folder, clock);
        ProtoBuffer started = new ProtoBuffer().int64(SESSION_STATUS, SESSION_START);
        file.write(file.event(step).message(EVENT_SESSION_LOG, started));
        file.records.flush();
        return file;
    }

    /** TensorBoard reads the files of a folder in the order of their names. */
    private static Path free(Path folder, InstantSource clock) {
        long second = clock.instant().getEpochSecond();
        Path file;
        do {
            file = folder.resolve("events.out.tfevents." + second++ + ".streamrank");
        } while (Files.exists(file));
        return file;
    }

    /** Writes scalars of a step, by their tags. */
    void scalars(long step, Map<String, Double> values) throws IOException {
        ProtoBuffer summary = new ProtoBuffer();
        values.forEach((tag, value) -> summary.message(
                SUMMARY_VALUE, new ProtoBuffer().string(VALUE_TAG, tag).float32(VALUE_SIMPLE, value.floatValue())));
        write(event(step).message(EVENT_SUMMARY, summary));
        records.flush();
    }

    private ProtoBuffer event(long step) {
        return new ProtoBuffer().float64(EVENT_WALL_TIME, clock.millis() / 1e3).int64(EVENT_STEP, step);
    }

    private void write(ProtoBuffer event) throws IOException {
        records.write(event.toByteArray());
    }

    @Override
    public void close() throws IOException {
        records.close();
    }
}
