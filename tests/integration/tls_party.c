/* SPDX-License-Identifier: MIT
 *
 * openssl req, then openssl s_server, with pipes.
 */
#include "tests/integration/tls_party.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"

struct tls_party {
	char dir[64], cert[96], key[96], request[96];
	int port, out, in; /* out: what it says; in: kept open, it ends with its stdin */
	pid_t pid;
	struct str said;
};

/* Never returns in the child. */
static pid_t spawn(const char *const *argv, int in, int out)
{
	/* execvp promises not to write, its type does not say so. */
	union {
		const char *const *in;
		char *const *out;
	} args = {argv};
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	/* A test that is killed leaves no server behind. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	dup2(in >= 0 ? in : null, 0);
	dup2(out >= 0 ? out : null, 1);
	dup2(null, 2);
	execvp(argv[0], args.out);
	_exit(127);
}

static bool run(const char *const *argv)
{
	pid_t pid = spawn(argv, -1, -1);
	int status = -1;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool tls_party_possible(void)
{
	return run((const char *const[]){"openssl", "version", NULL});
}

/* Only the second of the two commands can make a certificate that has expired. */
static void make_cert(struct tls_party *p, enum tls_cert cert)
{
	const char *name = cert == TLS_CERT_ELSEWHERE ? "subjectAltName=DNS:other.example"
						      : "subjectAltName=IP:127.0.0.1";
	const char *request[] = {"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
	    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", p->key, "-out",
	    p->request, "-subj", "/CN=party", "-addext", name, NULL};
	const char *sign[] = {"openssl", "x509", "-req", "-in", p->request, "-signkey",
	    p->key, "-out", p->cert, "-days", cert == TLS_CERT_EXPIRED ? "-1" : "30",
	    "-copy_extensions", "copy", NULL};

	if (!run(request) || !run(sign))
		abort();
}

/* Waits for the line that says the port. */
static void read_port(struct tls_party *p)
{
	const char *line;
	char c;

	while (read(p->out, &c, 1) == 1) {
		str_addc(&p->said, c);
		line = strstr(str_c(&p->said), "ACCEPT 127.0.0.1:");
		if (c == '\n' && line) {
			p->port = (int)strtol(line + 17, NULL, 10);
			return;
		}
	}
	abort();
}

struct tls_party *tls_party_new(const char *option)
{
	return tls_party_new_with(TLS_CERT_GOOD, option);
}

struct tls_party *tls_party_new_with(enum tls_cert cert, const char *option)
{
	struct tls_party *p = xcalloc(1, sizeof(*p));
	int out[2], in[2];

	str_init(&p->said, (size_t)1 << 20);
	snprintf(p->dir, sizeof(p->dir), "/tmp/dimwatch-tls-XXXXXX");
	if (!mkdtemp(p->dir) || pipe2(out, O_CLOEXEC) != 0 || pipe2(in, O_CLOEXEC) != 0)
		abort();
	snprintf(p->cert, sizeof(p->cert), "%s/cert.pem", p->dir);
	snprintf(p->key, sizeof(p->key), "%s/key.pem", p->dir);
	snprintf(p->request, sizeof(p->request), "%s/request.pem", p->dir);
	make_cert(p, cert);
	p->pid = spawn((const char *const[]){"openssl", "s_server", "-accept",
			   "127.0.0.1:0", "-cert", p->cert, "-key", p->key, "-cipher",
			   "DEFAULT@SECLEVEL=0", option, NULL},
	    in[0], out[1]);
	close(in[0]);
	close(out[1]);
	p->in = in[1];
	p->out = out[0];
	read_port(p);
	fcntl(p->out, F_SETFL, O_NONBLOCK);
	return p;
}

void tls_party_free(struct tls_party *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->in);
	close(p->out);
	unlink(p->cert);
	unlink(p->key);
	unlink(p->request);
	rmdir(p->dir);
	str_fini(&p->said);
	free(p);
}

int tls_party_port(const struct tls_party *p)
{
	return p->port;
}

const char *tls_party_cert(const struct tls_party *p)
{
	return p->cert;
}

const char *tls_party_said(struct tls_party *p)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(p->out, buf, sizeof(buf))) > 0)
		(void)str_add(&p->said, buf, (size_t)n);
	return str_c(&p->said);
}
