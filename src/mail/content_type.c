/* SPDX-License-Identifier: MIT */
#include "mail/content_type.h"

static const struct {
	const char *ending, *type;
} types[] = {
	{ "txt", "text/plain" },
	{ "log", "text/plain" },
	{ "md", "text/markdown" },
	{ "csv", "text/csv" },
	{ "tsv", "text/tab-separated-values" },
	{ "html", "text/html" },
	{ "htm", "text/html" },
	{ "css", "text/css" },
	{ "js", "text/javascript" },
	{ "ics", "text/calendar" },
	{ "vcf", "text/vcard" },
	{ "diff", "text/x-diff" },
	{ "patch", "text/x-diff" },
	{ "c", "text/x-c" },
	{ "h", "text/x-c" },
	{ "py", "text/x-python" },
	{ "sh", "application/x-sh" },
	{ "xml", "application/xml" },
	{ "json", "application/json" },
	{ "yaml", "application/yaml" },
	{ "yml", "application/yaml" },
	{ "pdf", "application/pdf" },
	{ "ps", "application/postscript" },
	{ "rtf", "application/rtf" },
	{ "doc", "application/msword" },
	{ "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "xls", "application/vnd.ms-excel" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "ppt", "application/vnd.ms-powerpoint" },
	{ "pptx",
	  "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "odt", "application/vnd.oasis.opendocument.text" },
	{ "ods", "application/vnd.oasis.opendocument.spreadsheet" },
	{ "odp", "application/vnd.oasis.opendocument.presentation" },
	{ "epub", "application/epub+zip" },
	{ "zip", "application/zip" },
	{ "gz", "application/gzip" },
	{ "tgz", "application/gzip" },
	{ "bz2", "application/x-bzip2" },
	{ "xz", "application/x-xz" },
	{ "zst", "application/zstd" },
	{ "tar", "application/x-tar" },
	{ "7z", "application/x-7z-compressed" },
	{ "rar", "application/vnd.rar" },
	{ "pem", "application/x-pem-file" },
	{ "p7s", "application/pkcs7-signature" },
	{ "asc", "application/pgp-signature" },
	{ "sqlite", "application/vnd.sqlite3" },
	{ "png", "image/png" },
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "gif", "image/gif" },
	{ "webp", "image/webp" },
	{ "avif", "image/avif" },
	{ "heic", "image/heic" },
	{ "svg", "image/svg+xml" },
	{ "bmp", "image/bmp" },
	{ "ico", "image/vnd.microsoft.icon" },
	{ "tif", "image/tiff" },
	{ "tiff", "image/tiff" },
	{ "mp3", "audio/mpeg" },
	{ "m4a", "audio/mp4" },
	{ "ogg", "audio/ogg" },
	{ "opus", "audio/ogg" },
	{ "flac", "audio/flac" },
	{ "wav", "audio/x-wav" },
	{ "mp4", "video/mp4" },
	{ "m4v", "video/mp4" },
	{ "webm", "video/webm" },
	{ "mov", "video/quicktime" },
	{ "mkv", "video/x-matroska" },
	{ "avi", "video/x-msvideo" },
	{ "ttf", "font/ttf" },
	{ "otf", "font/otf" },
	{ "woff2", "font/woff2" },
	{ "eml", "message/rfc822" },
};

struct sw_slice sw_content_type_guess(struct sw_slice file_name)
{
	size_t dot = file_name.len;

	while (dot && file_name.ptr[dot - 1] != '.' && file_name.ptr[dot - 1] != '/')
		dot--;
	for (size_t i = 0; dot && file_name.ptr[dot - 1] == '.' && i < SW_LEN(types); i++)
		if (sw_slice_eq_nocase(sw_slice_from(file_name, dot),
				       sw_slice_str(types[i].ending)))
			return sw_slice_str(types[i].type);
	return SW_S("application/octet-stream");
}
