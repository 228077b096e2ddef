package io.streamrank.fetch;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;

/** Unpacks plain files, and refuses all else: links, devices, names that lead elsewhere, more than is allowed. */
final class Archives {
    private static final int CHUNK = 1 << 16;

    private final String where;
    private final FetchSettings settings;
    private final Deadline deadline;
    private long bytes;
    private int files;

    Archives(String where, FetchSettings settings, Deadline deadline) {
        this.where = where;
        this.settings = settings;
        this.deadline = deadline;
    }

    /** Unpacks into a folder, over what is there. */
    void unpack(Path archive, Packing packing, Path into) throws IOException {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(archive), CHUNK)) {
            switch (packing) {
                case TAR -> unpack(new TarArchiveInputStream(raw), into);
                case TAR_GZIP -> unpack(new TarArchiveInputStream(new GZIPInputStream(raw, CHUNK)), into);
                case ZIP -> unpack(new ZipArchiveInputStream(raw), into);
                case NONE -> throw new IllegalArgumentException(archive + " is no archive");
            }
        } catch (FetchException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new FetchException(
                    where, "cannot be unpacked: " + e.getMessage(), "Have it packed and uploaded again", e);
        }
    }

    private void unpack(ArchiveInputStream<? extends ArchiveEntry> in, Path into) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (ArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            if (entry.isDirectory()) {
                continue;
            }
            String stored = entry.getName();
            String name = FileNames.require(stored.startsWith("./") ? stored.substring(2) : stored, where);
            requirePlain(entry, name);
            if (++files > settings.maxFiles()) {
                throw refused("holds more than the " + settings.maxFiles() + " files of streamrank.fetch.max-files");
            }
            Path target = FileNames.below(into, name);
            Files.createDirectories(target.getParent());
            try (OutputStream out = Files.newOutputStream(target)) {
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    deadline.require(where);
                    bytes += count;
                    if (bytes > settings.maxBytes()) {
                        throw refused("holds more than the " + settings.maxBytes()
                                + " bytes of streamrank.fetch.max-bytes, unpacked");
                    }
                    out.write(chunk, 0, count);
                }
            }
        }
    }

    private void requirePlain(ArchiveEntry entry, String name) throws FetchException {
        boolean plain = entry instanceof TarArchiveEntry tar
                ? tar.isFile() && !tar.isLink() && !tar.isSymbolicLink()
                : !(entry instanceof ZipArchiveEntry zip) || !zip.isUnixSymlink();
        if (!plain) {
            throw refused("holds '" + name + "', which is a link or a device, expected plain files");
        }
    }

    private FetchException refused(String problem) {
        return new FetchException(where, problem, "Have the checkpoint's files alone packed, links followed (tar -h)");
    }
}
