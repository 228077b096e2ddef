package io.streamrank.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Another instance, without windows; on connections made before it speaks it never answers. */
final class TestingPeer implements AutoCloseable {
    private static final String BODY = "{\"source\":\"streams\",\"windows\":[],\"missing\":[]}";

    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private volatile boolean speaks;

    TestingPeer() throws IOException {
        start(this::accept);
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "testing-peer");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = listening.accept();
                connections.add(connection);
                boolean answers = speaks;
                start(() -> serve(connection, answers));
            }
        } catch (IOException closed) {
            speaks = false;
        }
    }

    private void serve(Socket connection, boolean answers) {
        try (connection) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                heard.add(line);
                if (line.isEmpty() && answers) {
                    connection
                            .getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
                                    .getBytes(UTF_8));
                }
            }
        } catch (IOException gone) {
            connections.remove(connection);
        }
    }

    /** Answers on connections made from now on. */
    void speak() {
        speaks = true;
    }

    int port() {
        return listening.getLocalPort();
    }

    /** The lines of all requests. */
    List<String> heard() {
        return List.copyOf(heard);
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
