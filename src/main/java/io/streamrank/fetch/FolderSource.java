package io.streamrank.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder or an archive of this machine. Links in it are followed, as caches of checkpoints are made of them. */
final class FolderSource implements Source {
    private static final int DEPTH_MAX = 3;

    private final Location.Folder location;

    FolderSource(Location.Folder location) {
        this.location = location;
    }

    @Override
    public List<RemoteFile> files() throws IOException {
        Path path = location.path();
        if (Files.isRegularFile(path)) {
            String name = String.valueOf(path.getFileName());
            Packing packing = Packing.ofName(name);
            if (packing == Packing.NONE) {
                throw new FetchException(
                        location.toString(),
                        "is neither a folder nor a .tar, .tar.gz, .tgz or .zip",
                        "Name the checkpoint's folder or an archive of it");
            }
            return List.of(file(name, path, packing));
        }
        if (!Files.isDirectory(path)) {
            throw new FetchException(location.toString(), "is not there", "Check the path, and that it is mounted");
        }
        List<RemoteFile> files = new ArrayList<>();
        try (Stream<Path> below = Files.walk(path, DEPTH_MAX, FileVisitOption.FOLLOW_LINKS)) {
            for (Path each : (Iterable<Path>) below.filter(Files::isRegularFile)::iterator) {
                String name = path.relativize(each).toString().replace('\\', '/');
                if (CheckpointNames.isWanted(name)) {
                    files.add(file(name, each, Packing.NONE));
                }
            }
        }
        return files;
    }

    private static RemoteFile file(String name, Path path, Packing packing) throws IOException {
        return new RemoteFile(name, Files.size(path), Optional.empty(), packing, path.toString());
    }

    @Override
    public Piece open(RemoteFile file, long from) throws IOException {
        SeekableByteChannel channel = Files.newByteChannel(Path.of(file.address()));
        try {
            channel.position(from);
            InputStream content = Channels.newInputStream(channel);
            return new Piece(content, from, channel.size(), Optional.empty());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
