import type { Words } from "../words.ts";

export const indonesian: Words = {
  headings: {
    next: "Selanjutnya:",
    blocked:
      "Masih ada yang menghalangi pengiriman email: selesaikan dulu yang bertanda x, lalu jalankan lagi.",
    clear: "Tidak ada yang menghalangi.",
  },
  findings: {
    account: { says: "Akun AWS-nya {id}, di Region {region}." },
    "no-credentials": {
      says: "AWS tidak mengenali Anda ({fault}).",
      next: "Masuklah dengan `aws configure sso` atau `aws configure`, sampai `aws sts get-caller-identity` menampilkan nomor akun Anda.",
    },
    "no-connection": {
      says: "AWS tidak bisa dihubungi ({fault}).",
      next: "Periksa sambungan internet, proksi, atau firewall, dan apakah nama Region-nya benar.",
    },
    "no-region": {
      says: "Region belum dipilih.",
      next: "Sebutkan: tambahkan --region ap-southeast-3 (Jakarta) atau ap-southeast-1 (Singapura), atau atur dengan `aws configure`.",
    },
    unanswered: {
      says: "{service} tidak bisa ditanya ({fault}), jadi bagian ini tidak diperiksa.",
      next: "Kalau tertulis AccessDenied, jalankan sebagai administrator; kalau tidak, periksa koneksi lalu coba lagi.",
    },
    "ses-unanswered": {
      says: "Amazon SES tidak menjawab di {region} ({fault}).",
      next: "Pilih Region yang menyediakan SES: https://docs.aws.amazon.com/general/latest/gr/ses.html",
    },
    production: { says: "SES bisa mengirim ke siapa saja (akses produksi)." },
    sandbox: {
      says: "SES masih di sandbox: hanya mengirim ke alamat yang sudah Anda verifikasi, 200 sehari, satu per detik.",
      next: "Di konsol SES pilih Account dashboard, Request production access (docs/deploy.md menjelaskan apa yang membantu). AWS menjawab dalam kira-kira sehari.",
    },
    "sending-paused": {
      says: "SES menghentikan sementara pengiriman dari akun ini.",
      next: "Baca email AWS ke alamat pemilik akun, dan jawab di Support Center; kiriman menunggu dan berlanjut sendiri.",
    },
    probation: {
      says: "Akun sedang ditinjau SES: terlalu banyak email terpental atau ditandai spam.",
      next: "Jeda kampanye, kirim hanya ke yang memintanya, dan jawab kasus AWS di Support Center.",
    },
    quota: {
      says: "Kuota SES cukup: kiriman ke {customers} pelanggan perlu kira-kira {hours} jam ({daily} email sehari, {rate} per detik).",
    },
    "quota-small": {
      says: "SES mengirim {daily} email sehari: kiriman ke {customers} pelanggan perlu {days} hari. Setiap hari berlanjut sendiri.",
      next: "Kalau perlu lebih, minta di konsol Service Quotas: Amazon SES, Sending quota dan Sending rate.",
    },
    "no-domain": {
      says: "Domain pengirim belum disebut, jadi catatan DNS-nya tidak diperiksa.",
      next: "Tambahkan --domain kopisenja.id, dan deploy dengan -c senderDomain=kopisenja.id.",
    },
    identity: { says: "{domain} sudah terverifikasi, dan emailnya ditandatangani (DKIM)." },
    "identity-missing": {
      says: "SES belum mengenal {domain}.",
      next: "Deploy dengan -c senderDomain={domain}, lalu masukkan catatan DNS yang ditampilkannya.",
    },
    "identity-pending": {
      says: "Catatan DNS {domain} sudah ada; SES belum memeriksanya.",
      next: "Tunggu, beberapa menit sampai beberapa jam, lalu jalankan lagi.",
    },
    "dkim-records": {
      says: "{domain} belum terverifikasi: catatan DNS ini belum ada.\n{records}",
      next: "Masukkan di tempat domain dikelola, lalu jalankan lagi.",
    },
    "dkim-off": {
      says: "{domain} terverifikasi, tetapi emailnya tidak ditandatangani (DKIM mati). Gmail, Yahoo, dan Outlook menolak email seperti itu.",
      next: "Di konsol SES buka identitasnya, Authentication, lalu nyalakan Easy DKIM.",
    },
    "return-path": {
      says: "Email terpental kembali ke {host} (MAIL FROM), sehingga SPF cocok dengan pengirim.",
    },
    "return-path-records": {
      says: "Catatan DNS untuk alamat balik ini belum ada; sampai ada, SES memakai miliknya sendiri.\n{records}",
      next: "Masukkan di tempat domain dikelola.",
    },
    "return-path-pending": {
      says: "Catatan DNS {host} sudah ada; SES belum memeriksanya.",
      next: "Tunggu, paling lama tiga hari.",
    },
    "no-return-path": {
      says: "{domain} tidak punya alamat balik sendiri, sehingga SPF tidak cocok dengan pengirim. DMARC hanya bertumpu pada DKIM.",
      next: "Deploy dengan -c senderDomain={domain}, atau atur custom MAIL FROM domain di konsol SES.",
    },
    dmarc: { says: "{domain} punya catatan DMARC: {record}" },
    "no-dmarc": {
      says: "{domain} tidak punya catatan DMARC. Gmail, Yahoo, dan Outlook memintanya dari pengirim banyak email.",
      next: 'Masukkan: _dmarc.{domain} TXT "v=DMARC1; p=none;"',
    },
    "many-dmarc": {
      says: "{domain} punya lebih dari satu catatan DMARC, dan itu dianggap tidak ada.",
      next: "Sisakan satu saja.",
    },
    concurrency: { says: "Lambda menjalankan sampai {limit} fungsi sekaligus: cukup." },
    "concurrency-small": {
      says: "Lambda hanya menjalankan {limit} fungsi sekaligus, seperti pada akun baru. Sapa tetap bekerja, lebih lambat; saat sibuk, tautan dalam email dan API bisa gagal sesaat.",
      next: "Minta di konsol Service Quotas: AWS Lambda, Concurrent executions, 1.000. Gratis. Lalu pasang ulang dengan -c lambdaConcurrency=1000.",
    },
    "concurrency-unused": {
      says: "Lambda menjalankan sampai {limit} fungsi sekaligus, tetapi {name} dipasang untuk {deployed}.",
      next: "Pasang ulang dengan -c lambdaConcurrency={limit}: email terkirim lebih cepat, dan beberapa fungsi disisihkan untuk tautan dalam email.",
    },
    renders: { says: "SES menyusun templat persis seperti Sapa." },
    "renders-otherwise": {
      says: "SES menyusun templat berbeda dari Sapa, sehingga tidak ada kiriman yang akan dimulai. {difference}",
      next: "Mohon laporkan beserta teks di atas: Sapa-lah yang harus diperbaiki.",
    },
    "not-deployed": {
      says: "Belum ada stack {name} di sini.",
      next: "Kalau tidak ada lagi yang menghalangi di atas: npx cdk bootstrap, lalu npx cdk deploy (docs/deploy.md).",
    },
    deployed: { says: "Stack {name} sudah terpasang ({status}); API-nya di {url}" },
    "stack-broken": {
      says: "Stack {name} rusak ({status}).",
      next: "Lihat di konsol CloudFormation, bagian Events, apa yang gagal pertama kali. Stack yang gagal dibuat harus dihapus sebelum dipasang lagi.",
    },
    "stack-busy": { says: "Stack {name} sedang diubah ({status}).", next: "Jalankan lagi setelah selesai." },
    "stack-rolled-back": {
      says: "Pemasangan terakhir {name} gagal dan dibatalkan ({status}); versi sebelumnya yang berjalan.",
      next: "Lihat di konsol CloudFormation, bagian Events, apa yang gagal pertama kali, lalu pasang lagi.",
    },
    "alarms-quiet": { says: "Tidak satu pun dari {count} alarm menyala." },
    alarm: { says: "Alarm {name} menyala.", next: "{description}" },
    "no-alarms": {
      says: "Tidak ada alarm stack yang terlihat.",
      next: "Pasang lagi dengan versi Sapa yang sekarang.",
    },
    "alarms-tell-nobody": {
      says: "Alarm tidak memberi tahu siapa pun: hanya tampak di CloudWatch.",
      next: "Pasang dengan -c alarmEmail=anda@kopisenja.id, lalu tekan tautan di email dari AWS.",
    },
  },
};
