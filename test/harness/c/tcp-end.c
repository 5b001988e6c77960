// SPDX-License-Identifier: Apache-2.0
/*
 * One end of TCP connections that counts for itself:
 *   tcp-end serve PORT CONNECTIONS REPLY_BYTES   reads to the end, replies, closes
 *   tcp-end call ADDRESS PORT SEND_BYTES         sends, reads to the end, closes
 *   tcp-end abort ADDRESS PORT SEND_BYTES        sends, waits for a byte, closes with a reset
 * One JSON line for each connection, after "listening" of a server.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536];

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long send_bytes(int sock, long long size)
{
	long long sent = 0;

	while (sent < size) {
		size_t part = size - sent < (long long)sizeof(buffer) ? (size_t)(size - sent) : sizeof(buffer);
		ssize_t moved = send(sock, buffer, part, MSG_NOSIGNAL);

		if (moved <= 0)
			break;
		sent += moved;
	}
	return sent;
}

static long long receive_all(int sock, int *error)
{
	long long received = 0;

	for (;;) {
		ssize_t moved = recv(sock, buffer, sizeof(buffer), 0);

		if (moved < 0)
			*error = errno;
		if (moved <= 0)
			return received;
		received += moved;
	}
}

struct ends {
	struct sockaddr_in local, peer;
};

/* Before the other end may have gone, as then the kernel no longer tells. */
static struct ends ends_of(int sock)
{
	struct ends ends = { 0 };
	socklen_t size = sizeof(ends.local);

	getsockname(sock, (struct sockaddr *)&ends.local, &size);
	size = sizeof(ends.peer);
	getpeername(sock, (struct sockaddr *)&ends.peer, &size);
	return ends;
}

static void report(const char *role, struct ends ends, long long tx, long long rx, long long start_us, int error)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &ends.peer.sin_addr, address, sizeof(address));
	printf("{\"role\":\"%s\",\"txBytes\":%lld,\"rxBytes\":%lld,\"localPort\":%d,\"peerAddress\":\"%s\","
	       "\"peerPort\":%d,\"startUs\":%lld,\"endUs\":%lld,\"errno\":%d}\n",
	       role, tx, rx, ntohs(ends.local.sin_port), address, ntohs(ends.peer.sin_port), start_us, now_us(), error);
	fflush(stdout);
}

static int serve(int port, int connections, long long reply_bytes)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 128))
		return 1;
	printf("listening\n");
	fflush(stdout);
	while (connections-- > 0) {
		int sock = accept(listener, NULL, NULL), error = 0;
		long long start_us = now_us();
		struct ends ends = ends_of(sock);
		long long first = recv(sock, buffer, 1, 0) == 1;
		/* The one that aborts waits for it. */
		long long tx = send_bytes(sock, 1);
		long long rx = first + receive_all(sock, &error);

		if (!error)
			tx += send_bytes(sock, reply_bytes - 1);
		report("server", ends, tx, rx, start_us, error);
		close(sock);
	}
	return 0;
}

static int call(const char *host, int port, long long size, int aborts)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int sock = socket(AF_INET, SOCK_STREAM, 0), error = 0;
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	long long start_us = now_us(), tx, rx;
	struct ends ends;

	inet_pton(AF_INET, host, &address.sin_addr);
	if (connect(sock, (struct sockaddr *)&address, sizeof(address))) {
		report("client", ends_of(sock), 0, 0, start_us, errno);
		return 0;
	}
	ends = ends_of(sock);
	tx = send_bytes(sock, size);
	if (aborts) {
		rx = recv(sock, buffer, 1, 0);
		setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	} else {
		shutdown(sock, SHUT_WR);
		rx = receive_all(sock, &error);
	}
	report("client", ends, tx, rx, start_us, error);
	close(sock);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "serve"))
		return serve(atoi(argv[2]), atoi(argv[3]), atoll(argv[4]));
	if (argc == 5 && (!strcmp(argv[1], "call") || !strcmp(argv[1], "abort")))
		return call(argv[2], atoi(argv[3]), atoll(argv[4]), !strcmp(argv[1], "abort"));
	return 2;
}
